import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { processIdentity } from "@vigia/servers";

const FILE = "instance.json";
const MAX_TRIES = 3;

interface Instance {
  /** Names the process for ever, pids being used again. */
  readonly identity: string;
  readonly page?: string;
}

/** Another `npm start` uses this data directory. */
export class AlreadyRunningError extends Error {
  constructor(readonly page: string | undefined) {
    const where = page === undefined ? "It is still starting." : `Its page is at ${page}`;
    super(`Vigia is running already. ${where}\nStop that one first (Ctrl-C in its terminal), or use its page.`);
    this.name = "AlreadyRunningError";
  }
}

export interface InstanceLock {
  /** Says where the page of this instance is, for those who come second. */
  publish(page: string): void;
  release(): void;
}

/** Takes the data directory for this process; a lock whose holder is dead is free. Throws {@link AlreadyRunningError}. */
export function lockInstance(dataDir: string): InstanceLock {
  const file = join(dataDir, FILE);
  const identity = processIdentity(process.pid) ?? String(process.pid);
  for (let tries = 1; !tryCreate(file, { identity }); tries++) {
    const holder = readHolder(file);
    if (holder !== undefined && isAlive(holder)) throw new AlreadyRunningError(holder.page);
    if (tries === MAX_TRIES) throw new Error(`The lock file ${file} cannot be taken.`);
    rmSync(file, { force: true });
  }
  return {
    publish: (page) => writeFileSync(file, JSON.stringify({ identity, page })),
    release: () => rmSync(file, { force: true }),
  };
}

function tryCreate(file: string, instance: Instance): boolean {
  try {
    writeFileSync(file, JSON.stringify(instance), { flag: "wx" });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

function readHolder(file: string): Instance | undefined {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as Instance;
  } catch {
    // Gone meanwhile, or its writer died in the middle: nobody holds it.
    return undefined;
  }
}

function isAlive({ identity }: Instance): boolean {
  return processIdentity(Number.parseInt(identity, 10)) === identity;
}
