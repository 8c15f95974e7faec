import { chownSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** What a server needs to speak TLS: PEM texts. */
export interface ServerTls {
  /** The authority that clients' certificates come from. */
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
  /** Whether a client must show a certificate of that authority. */
  readonly verifyClients?: boolean;
}

const FILES = { ca: "ca.pem", cert: "server.pem", key: "server.key" } as const;

/** Writes the texts below `dir`, the key for its owner alone, and tells their paths as the server sees `seenAs`. */
export function writeTlsFiles(
  dir: string,
  tls: ServerTls,
  seenAs: string,
  account?: { readonly uid: number; readonly gid: number },
): Record<keyof typeof FILES, string> {
  mkdirSync(join(dir, "tls"), { recursive: true });
  const path = (part: keyof typeof FILES): string => {
    const file = join(dir, "tls", FILES[part]);
    writeFileSync(file, tls[part], { mode: 0o600 });
    if (account !== undefined) chownSync(file, account.uid, account.gid);
    return join(seenAs, "tls", FILES[part]);
  };
  return { ca: path("ca"), cert: path("cert"), key: path("key") };
}
