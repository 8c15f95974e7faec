import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { endLeftovers, processIdentity } from "@vigia/servers";

const DIR_PREFIX = "vigia-test-";
const OWNER_FILE = "owner";

/** How the global setup tells the workers, which are processes of their own. */
const DIR_VARIABLE = "VIGIA_TEST_DIR";
const POSTGRES_VARIABLE = "VIGIA_TEST_POSTGRES_URL";

/** One run of jest: the folder under which everything lives that its test files start. */
export function openRun(): { readonly postgresDir: string; readonly publish: (postgresUrl: string) => void } {
  const dir = mkdtempSync(join(tmpdir(), DIR_PREFIX));
  // PostgreSQL may run as another user, who has to pass through.
  chmodSync(dir, 0o711);
  writeFileSync(join(dir, OWNER_FILE), processIdentity(process.pid) ?? "");
  process.env[DIR_VARIABLE] = dir;
  return {
    postgresDir: join(dir, "postgres"),
    publish: (postgresUrl) => {
      process.env[POSTGRES_VARIABLE] = postgresUrl;
    },
  };
}

export async function closeRun(): Promise<void> {
  const dir = process.env[DIR_VARIABLE];
  if (dir !== undefined) await removeRun(dir);
}

/** Ends the servers of runs that were killed before their teardown. */
export async function endDeadRuns(): Promise<void> {
  for (const name of readdirSync(tmpdir()).filter((entry) => entry.startsWith(DIR_PREFIX))) {
    const dir = join(tmpdir(), name);
    if (isDead(dir)) await removeRun(dir);
  }
}

function isDead(dir: string): boolean {
  const file = join(dir, OWNER_FILE);
  // A run that has just made its folder and not yet signed it is alive.
  if (!existsSync(file)) return false;
  const owner = readFileSync(file, "utf8");
  return owner !== "" && processIdentity(Number.parseInt(owner, 10)) !== owner;
}

async function removeRun(dir: string): Promise<void> {
  await endLeftovers(dir);
  rmSync(dir, { recursive: true, force: true });
}

/** A new folder for one server of a test file. */
export function makeServerDir(name: string): string {
  return mkdtempSync(join(variable(DIR_VARIABLE), `${name}-`));
}

/** The superuser's address of the PostgreSQL that the run shares. */
export function sharedPostgresUrl(): string {
  return variable(POSTGRES_VARIABLE);
}

function variable(name: string): string {
  const value = process.env[name];
  if (value === undefined) throw new Error(`${name} is not set: the test kit works under jest with its global setup.`);
  return value;
}
