import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { endLeftovers, findServer, postgresDirFor } from "@vigia/servers";

/** The project's own data directory, which later runs go on with. */
export function openDataDir(projectDir: string): string {
  const dir = join(projectDir, ".vigia");
  mkdirSync(dir, { recursive: true });
  return dir;
}

/** A data directory for one run. */
export function makeDataDir(): string {
  const dir = mkdtempSync(join(tmpdir(), "vigia-check-"));
  // PostgreSQL may run as another user, who has to pass through.
  chmodSync(dir, 0o711);
  return dir;
}

/** Removes the data of earlier runs, and ends what those left running. What lies in `dir` beside them stays. */
export async function forgetData(dir: string): Promise<void> {
  await endLeftovers(dir);
  for (const part of ["nats", "redis", "anvil", "postgres", "logs", "run", "environment"]) remove(join(dir, part));
  // PostgreSQL's data are elsewhere where its account cannot reach `dir`.
  const elsewhere = findServer("postgres") === undefined ? undefined : postgresDirFor(join(dir, "postgres"));
  if (elsewhere === undefined || !existsSync(elsewhere)) return;
  await endLeftovers(elsewhere);
  remove(elsewhere);
}

/** Removes a data directory altogether. */
export async function removeDataDir(dir: string): Promise<void> {
  await forgetData(dir);
  remove(dir);
}

function remove(path: string): void {
  rmSync(path, { recursive: true, force: true, maxRetries: 3 });
}
