import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import {
  chownSync,
  existsSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { dirname, join, resolve } from "node:path";
import { CONTAINER_DIR, containerCommand } from "./engine.ts";
import { ServerStartError } from "./errors.ts";
import { type Command, launch, type ServerHandle } from "./launch.ts";
import { endLeftoverOf } from "./leftover.ts";
import { type Account, homeForPostgres } from "./postgres-home.ts";
import { probePostgres } from "./probe.ts";
import { processIdentity } from "./process-family.ts";
import { locateServer } from "./source.ts";
import { type ServerTls, writeTlsFiles } from "./tls.ts";

/** Not named after a schema: PostgreSQL looks for tables in the schema of the user's name first. */
const USER = "owner";
const DATABASE = "vigia";

export interface PostgresOptions {
  /** Holds the data directory, the password (mode 0600), the log and the pid file. */
  readonly dir: string;
  /** False for data that a power cut may take, as in tests: several times faster. True unless told. */
  readonly durable?: boolean;
  /** Settings for the server, such as `{ max_connections: "200" }`. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Clients must speak TLS. */
  readonly tls?: ServerTls;
  /** The URL of a server like this one, of which it is to be a streaming replica: it begins as a copy, and may only be read. */
  readonly replicaOf?: string;
  /** Told when the data had to go elsewhere than `dir`. */
  readonly report?: (line: string) => void;
}

/** Starts a PostgreSQL of its own, with an empty database `vigia` that belongs to the superuser `owner`. */
export async function startPostgres(options: PostgresOptions): Promise<ServerHandle> {
  const source = await locateServer("postgres");
  const home = source.kind === "programs" ? homeForPostgres(options.dir, options.report) : { dir: options.dir };
  mkdirSync(home.dir, { recursive: true });
  if (home.account !== undefined) chownSync(home.dir, home.account.uid, home.account.gid);
  const password = keepPassword(home.dir, home.account, options.replicaOf);
  if (source.kind === "programs") {
    createCluster(source.folder, home, options.durable ?? true, options.replicaOf);
    await endLeftoverOf(home.dir, "postgres");
    removeDeadLock(join(home.dir, "data", "postmaster.pid"));
  } else {
    if (options.replicaOf !== undefined) throw new Error("a replica is made by PostgreSQL's programs alone");
    mkdirSync(join(home.dir, "data"), { recursive: true });
  }
  const seenAs = source.kind === "programs" ? home.dir : CONTAINER_DIR;
  const settings = settingsOf(options, options.tls ? tlsSettings(home, options.tls, seenAs) : {});
  return launch({
    name: "postgres",
    dir: home.dir,
    command: (port) =>
      source.kind === "programs"
        ? serverCommand(source.folder, home, port, settings)
        : containerCommand(
            {
              server: "postgres",
              image: "postgres:17-alpine",
              innerPort: 5432,
              dir: home.dir,
              args: ["postgres", ...settings],
              env: {
                POSTGRES_USER: USER,
                POSTGRES_DB: DATABASE,
                POSTGRES_PASSWORD: password,
                PGDATA: `${CONTAINER_DIR}/data`,
              },
            },
            port,
          ),
    probe: (port) => probePostgres(port, USER),
    url: (port) => `postgres://${USER}:${password}@127.0.0.1:${port}/${DATABASE}`,
    // Its "fast" shutdown: sessions are ended, where SIGTERM would wait for them for ever.
    stopSignal: "SIGINT",
  });
}

/** Where {@link startPostgres} keeps its data for `dir`: there, unless its account cannot reach it. */
export function postgresDirFor(dir: string): string {
  return homeForPostgres(dir).dir;
}

interface Home {
  readonly dir: string;
  /** Whom the server runs as, where that is not the one who calls. */
  readonly account?: Account | undefined;
}

function serverCommand(folder: string, home: Home, port: number, settings: readonly string[]): Command {
  return {
    file: join(folder, "postgres"),
    args: ["-D", join(home.dir, "data"), "-h", "127.0.0.1", "-p", String(port), "-k", "", ...settings],
    ...home.account,
  };
}

function settingsOf(
  { durable = true, settings = {} }: PostgresOptions,
  tls: Readonly<Record<string, string>>,
): string[] {
  const loose = durable ? {} : { fsync: "off", synchronous_commit: "off", full_page_writes: "off" };
  return Object.entries({ max_connections: "200", ...loose, ...tls, ...settings }).flatMap(([key, value]) => [
    "-c",
    `${key}=${value}`,
  ]);
}

/** `hostssl`: a session that does not speak TLS is refused, with or without a password. */
function tlsSettings({ dir, account }: Home, tls: ServerTls, seenAs: string): Record<string, string> {
  const { ca, cert, key } = writeTlsFiles(dir, tls, seenAs, account);
  const rule = `hostssl all all all scram-sha-256${tls.verifyClients ? " clientcert=verify-ca" : ""}\n`;
  writeFileSync(join(dir, "tls", "pg_hba.conf"), rule);
  const hba = join(seenAs, "tls", "pg_hba.conf");
  return { ssl: "on", ssl_ca_file: ca, ssl_cert_file: cert, ssl_key_file: key, hba_file: hba };
}

/** A replica's is its primary's. */
function keepPassword(dir: string, account: Account | undefined, replicaOf: string | undefined): string {
  const file = join(dir, "password");
  if (existsSync(file)) return readFileSync(file, "utf8").trim();
  const password = replicaOf === undefined ? randomBytes(18).toString("base64url") : new URL(replicaOf).password;
  writeFileSync(file, `${password}\n`, { mode: 0o600, flag: "wx" });
  if (account !== undefined) chownSync(file, account.uid, account.gid);
  return password;
}

/** Makes the data directory beside its final place and moves it there, so that a half-made one is never used. */
function createCluster(folder: string, { dir, account }: Home, durable: boolean, replicaOf?: string): void {
  const data = join(dir, "data");
  if (existsSync(data)) return;
  const draft = join(dir, "data.draft");
  rmSync(draft, { recursive: true, force: true });
  const run = (program: string, args: readonly string[], input: string): void => {
    try {
      const stdio = "pipe";
      execFileSync(resolve(folder, program), [...args], { cwd: dir, input, stdio, env: environment(), ...account });
    } catch (cause) {
      const output = cause instanceof Error && "stderr" in cause ? String(cause.stderr) : "";
      throw new ServerStartError("postgres", `could not make its data directory ${data}: ${String(cause)}`, output, {
        cause,
      });
    }
  };
  const syncing = durable ? [] : ["--no-sync"];
  if (replicaOf !== undefined) {
    // Beside the server itself: the folder may hold links to the two programs alone that every server needs.
    const copying = join(dirname(realpathSync(join(folder, "postgres"))), "pg_basebackup");
    run(copying, ["-D", draft, "-d", replicaOf, "--write-recovery-conf", "--checkpoint=fast", ...syncing], "");
    renameSync(draft, data);
    return;
  }
  run(
    "initdb",
    [
      ...["-D", draft, "-U", USER, "--pwfile", join(dir, "password"), "--auth", "scram-sha-256"],
      ...["--encoding", "UTF8", "--locale", "C", ...syncing],
    ],
    "",
  );
  run("postgres", ["--single", "-D", draft, "postgres"], `CREATE DATABASE ${DATABASE};\n`);
  renameSync(draft, data);
}

/**
 * A killed server leaves its lock file. PostgreSQL believes it while a process has that pid, be it one that is dead and
 * was not yet collected by its parent, as often in containers.
 */
function removeDeadLock(file: string): void {
  if (!existsSync(file)) return;
  const pid = Number.parseInt(readFileSync(file, "utf8"), 10);
  if (processIdentity(pid) === undefined) rmSync(file);
}

/** The caller's settings for PostgreSQL's programs (PGDATA, PGPORT and the like) are about another server. */
function environment(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([key]) => !key.startsWith("PG")));
}
