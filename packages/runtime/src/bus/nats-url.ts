/** What a NATS URL says, in the NATS client's terms: it takes a login by itself alone, and passes over the URL's. */
export interface NatsAddress {
  /** `host:port` each. */
  readonly servers: readonly string[];
  readonly secure: boolean;
  readonly login: { readonly user: string; readonly pass: string } | { readonly token: string } | undefined;
}

const ADDRESS = /^(nats|tls):\/\/(?:([^\s/]*)@)?([^\s/@]+)\/?$/;

/**
 * Reads `nats://user:password@host:port`, or several with commas between them; `tls://` for TLS. A user alone is a token.
 * There is one login for all addresses, which one of them may give for the others. Throws an `Error` in words, never with
 * the password.
 */
export function readNatsUrl(url: string): NatsAddress {
  const addresses = url.split(",").map((address) => {
    const [, protocol, login, server = ""] = ADDRESS.exec(address.trim()) ?? [];
    if (protocol === undefined) {
      throw new Error(
        "must be nats://user:password@host:port, or several with commas between them; escape as in a URL",
      );
    }
    return { protocol, login, server };
  });
  const [protocol, ...others] = new Set(addresses.map((address) => address.protocol));
  if (others.length > 0) throw new Error("must say tls:// for all of its addresses, or for none");
  const [login, ...more] = new Set(addresses.flatMap((address) => address.login || []));
  if (more.length > 0) throw new Error("must have the same user and password for all of its addresses");
  return { servers: addresses.map(({ server }) => server), secure: protocol === "tls", login: readLogin(login) };
}

function readLogin(login: string | undefined): NatsAddress["login"] {
  if (login === undefined) return undefined;
  const [user = "", ...password] = login.split(":");
  try {
    if (password.length === 0) return { token: decodeURIComponent(user) };
    return { user: decodeURIComponent(user), pass: decodeURIComponent(password.join(":")) };
  } catch {
    throw new Error("its user or password holds a % that is not an escape: write %25");
  }
}
