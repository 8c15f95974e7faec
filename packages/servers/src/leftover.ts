import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { familyOf, processIdentity, signalOne } from "./process-family.ts";

const SUFFIX = ".pid.json";
const END_TIMEOUT_MS = 10_000;
const POLL_MS = 20;

interface PidRecord {
  readonly pid: number;
  readonly identity: string;
  readonly container?: string;
}

/** Notes in a folder which process runs there, so that a later run can end one that outlived its parent. */
export function noteProcess(dir: string, name: string, pid: number, container?: string): void {
  const identity = processIdentity(pid);
  if (identity === undefined) return;
  const record: PidRecord = { pid, identity, ...(container === undefined ? {} : { container }) };
  writeFileSync(join(dir, name + SUFFIX), JSON.stringify(record));
}

/** Takes the note back when the process has ended. */
export function forgetProcess(dir: string, name: string): void {
  rmSync(join(dir, name + SUFFIX), { force: true });
}

/**
 * Ends, with SIGKILL, the processes that are noted in this directory and its direct subdirectories: those that are left
 * over because their parent died without ending them. A process is only touched when its pid and its start time are the recorded ones.
 */
export async function endLeftovers(dir: string): Promise<void> {
  for (const file of pidFilesIn(dir)) await endLeftover(file);
}

/** The same for the one server that is named, in this directory alone. */
export async function endLeftoverOf(dir: string, name: string): Promise<void> {
  await endLeftover(join(dir, name + SUFFIX));
}

async function endLeftover(file: string): Promise<void> {
  const record = readRecord(file);
  if (record !== undefined) await endRecorded(record);
  rmSync(file, { force: true });
}

function pidFilesIn(dir: string): string[] {
  if (!existsSync(dir)) return [];
  const folders = [dir, ...readdirSync(dir).map((name) => join(dir, name))];
  return folders.filter(isReadableFolder).flatMap((folder) =>
    readdirSync(folder)
      .filter((name) => name.endsWith(SUFFIX))
      .map((name) => join(folder, name)),
  );
}

function isReadableFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}

function readRecord(file: string): PidRecord | undefined {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as PidRecord;
  } catch {
    // Not there, or half written by a parent that died: it names nobody.
    return undefined;
  }
}

async function endRecorded(record: PidRecord): Promise<void> {
  if (record.container !== undefined) endContainer(record.container);
  if (processIdentity(record.pid) !== record.identity) return;
  const family = familyOf(record.pid);
  for (const pid of family) signalOne(pid, "SIGKILL");
  const deadline = Date.now() + END_TIMEOUT_MS;
  while (family.some((pid) => processIdentity(pid) !== undefined)) {
    if (Date.now() > deadline) throw new Error(`Process ${record.pid} does not end, not even by SIGKILL.`);
    await sleep(POLL_MS);
  }
}

function endContainer(name: string): void {
  try {
    execFileSync("docker", ["rm", "--force", name], { stdio: "ignore" });
  } catch {
    // Gone already, as `docker run --rm` promises.
  }
}
