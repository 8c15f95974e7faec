/** How a connection is secured. PEM texts. */
export interface DatabaseTls {
  /** Whose certificates are trusted, instead of the authorities that Node knows. */
  readonly ca?: string | undefined;
  /** Ours, where the server asks for one. */
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
}

export interface DatabaseConnection {
  readonly url: string;
  /** False: plain. Otherwise the server's certificate is checked, its name included, and nothing else is accepted. */
  readonly ssl: false | DatabaseTls;
}

/**
 * What `?sslmode=` of a URL asks for: `verify-full`, or `disable`, which is the default. Modes that encrypt without
 * knowing to whom are refused: whoever can read the network can answer in the server's place. Throws an `Error` in words.
 */
export function readDatabaseUrl(url: string, tls: DatabaseTls | undefined): DatabaseConnection {
  const parsed = new URL(url);
  const mode = parsed.searchParams.get("sslmode") ?? "disable";
  if (mode !== "disable" && mode !== "verify-full") {
    throw new Error(`sslmode=${mode} does not make sure whom it speaks to: say sslmode=verify-full, or disable`);
  }
  if (mode === "disable" && tls !== undefined) throw new Error("has no ?sslmode=verify-full, but its TLS is set up");
  for (const name of ["ssl", "sslrootcert", "sslcert", "sslkey"]) {
    if (parsed.searchParams.has(name))
      throw new Error(`${name} does not belong in it: set DATABASE_TLS_…, see the docs`);
  }
  parsed.searchParams.delete("sslmode");
  return mode === "verify-full" ? { url: parsed.href, ssl: { ...tls } } : { url, ssl: false };
}
