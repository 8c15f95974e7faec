import { createHash } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";

export interface Account {
  readonly uid: number;
  readonly gid: number;
}

/** Accounts that PostgreSQL may run as when root starts it: its own, else the one that owns nothing. */
const ACCOUNTS = ["postgres", "nobody"];

/**
 * PostgreSQL refuses to run as root. Then it runs as its own account, which must be able to reach its data: where it
 * cannot (a project below a private home), the data go to a directory for temporary files, named after the wanted one.
 */
export function homeForPostgres(
  dir: string,
  report: (line: string) => void = () => undefined,
): { readonly dir: string; readonly account?: Account } {
  if (process.getuid?.() !== 0) return { dir };
  const account = findAccount();
  if (isReachable(dir, account)) return { dir, account };
  const name = `vigia-postgres-${createHash("sha256").update(resolve(dir)).digest("hex").slice(0, 12)}`;
  const parent = ["/var/tmp", tmpdir(), "/tmp"].find((folder) => isReachable(join(folder, name), account));
  if (parent === undefined) throw new Error(`The account that PostgreSQL runs as can reach neither ${dir} nor /tmp.`);
  const elsewhere = join(parent, name);
  report(`PostgreSQL may not run as root and its account cannot reach ${dir}: its data are in ${elsewhere}`);
  return { dir: elsewhere, account };
}

function findAccount(): Account {
  const lines = readFileSync("/etc/passwd", "utf8").split("\n");
  for (const name of ACCOUNTS) {
    const [, , uid, gid] = lines.find((line) => line.startsWith(`${name}:`))?.split(":") ?? [];
    if (uid !== undefined && gid !== undefined) return { uid: Number(uid), gid: Number(gid) };
  }
  throw new Error(`PostgreSQL may not run as root, and this machine has no account ${ACCOUNTS.join(" or ")}.`);
}

/** Whether the account may pass through every existing folder above `dir`; the folder itself will be its own. */
function isReachable(dir: string, account: Account): boolean {
  for (let folder = dirname(resolve(dir)); ; folder = dirname(folder)) {
    const stat = statSync(folder, { throwIfNoEntry: false });
    if (stat !== undefined && !mayPass(stat, account)) return false;
    if (folder === dirname(folder)) return true;
  }
}

function mayPass(stat: { uid: number; gid: number; mode: number }, account: Account): boolean {
  if (stat.uid === account.uid) return (stat.mode & 0o100) !== 0;
  if (stat.gid === account.gid) return (stat.mode & 0o010) !== 0;
  return (stat.mode & 0o001) !== 0;
}
