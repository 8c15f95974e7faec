import type { RecoveredExecution } from "./execution.ts";
import type { Log } from "./log.ts";
import { judgeOwner, type Owner, parseOwner, pidExists } from "./owner.ts";
import type { Queryable } from "./queryable.ts";
import type { TrackerStore } from "./store/store.ts";

/**
 * Called where there are runs to end: `end` ends them, in the transaction that it is given, and gives them back. Whoever
 * tells of them can do both or neither so.
 */
export type EndOrphans = (end: (within?: Queryable) => Promise<RecoveredExecution[]>) => Promise<RecoveredExecution[]>;

/** Whether the owner is provably dead. A store that cannot say so rejects: not knowing is not proof. */
export async function isOwnerDead(store: TrackerStore, self: Owner, text: string): Promise<boolean> {
  const owner = parseOwner(text);
  const verdict = owner === undefined ? "unknown" : judgeOwner(self, owner, pidExists);
  if (verdict !== "unknown") return verdict === "dead";
  return !(await store.isAlive(text));
}

/**
 * Frees the locks that dead owners of this service held and ends, as `recovered`, what they left running. Another
 * service's are its own to free; whoever wants one of its locks takes that over. Safe at any time and from any number
 * of processes at once: each lock and each execution is freed or ended by one of them.
 */
export async function recoverOrphans(
  store: TrackerStore,
  self: Owner,
  now: () => Date,
  log: Log,
  settle: EndOrphans,
): Promise<RecoveredExecution[]> {
  const verdicts = new Map<string, boolean>();
  async function isDead(owner: string) {
    const known = verdicts.get(owner);
    if (known !== undefined) return known;
    const dead = await isOwnerDead(store, self, owner);
    verdicts.set(owner, dead);
    return dead;
  }

  for (const holder of await store.holders()) {
    if (parseOwner(holder.owner)?.service !== self.service) continue;
    if ((await isDead(holder.owner)) && (await store.release(holder))) {
      log.warn({ job: holder.job, owner: holder.owner }, "lock of a dead owner freed");
    }
  }

  const dead: string[] = [];
  for (const owner of await store.runningOwners(self.service)) {
    if (await isDead(owner)) dead.push(owner);
  }
  if (dead.length === 0) return [];
  const error = { message: "its process ended before it did" };
  const recovered = await settle(async (within) => {
    const end = { status: "recovered", endedAt: now(), error } as const;
    const ended = await store.endOrphans(self.service, dead, end, within);
    return ended.map((execution) => ({ ...execution, status: "recovered" as const }));
  });
  for (const { job, executionId, instance } of recovered) {
    log.warn({ job, executionId, instance }, "execution of a dead owner recovered");
  }
  return recovered;
}
