import type { Effect, History, Note } from "../history.ts";
import { disturbances, lifeOf } from "./disturbance.ts";
import { ENOUGH } from "./enough.ts";
import { groupBy, type Judgement, judge } from "./verdict.ts";

/** A lease, and what it takes to be heard again after a store came back. */
const AFTERMATH_MS = 15_000;
const LEASE_MS = 10_000;
/** What a record says that another process closed: its own had died, or had been unable to. */
const CLOSED_BY_ANOTHER = /^its (process ended before it did|end could not be recorded)/;

/** R1, R7: who held the lock of a job, and who took it from whom. */
export function judgeHolding(history: History): Judgement[] {
  return [judgeOneAtATime(history), judgeRecovery(history)];
}

function judgeOneAtATime({ effects, notes }: History): Judgement {
  const fences = groupBy(effects, ({ fence }) => String(fence));
  const instances = effects.filter((effect, index) => index > 0 && effect.instance !== effects[index - 1]?.instance);
  const shared = [...fences].flatMap(([fence, rows]) => {
    const executions = new Set(rows.map(({ executionId, instance }) => `${executionId} of ${instance}`));
    return executions.size > 1 ? [`fence ${fence} was given to ${[...executions].join(" and ")}`] : [];
  });
  return judge(
    "R1",
    [
      { what: "effects", count: effects.length, atLeast: ENOUGH.effects },
      { what: "holders, one after the other", count: fences.size, atLeast: 5 },
      { what: "hand-overs between processes", count: instances.length, atLeast: 1 },
      { what: "commits noted by their processes", count: committedOf(notes).length, atLeast: ENOUGH.effects },
    ],
    [...shared, ...staleEffects(effects), ...staleNotes(notes)],
  );
}

/** A fence that wrote after a newer one had: by the times at which Postgres committed them. */
function staleEffects(effects: readonly Effect[]): string[] {
  let newest: Effect | undefined;
  return [...effects]
    .sort((one, other) => one.committedAt - other.committedAt || one.position - other.position)
    .flatMap((effect) => {
      if (newest && effect.fence < newest.fence) {
        return [
          `fence ${effect.fence} (${effect.instance}) wrote after fence ${newest.fence} (${newest.instance}) had`,
        ];
      }
      newest = effect;
      return [];
    });
}

function committedOf(notes: readonly Note[]): Note[] {
  return notes.filter(({ what }) => what === "committed");
}

/** The same by what the processes noted: a step that began after a newer holder's commit, and was committed. */
function staleNotes(notes: readonly Note[]): string[] {
  const began = new Map(notes.filter(({ what }) => what === "began").map((note) => [note.eventId, note]));
  return [...groupBy(committedOf(notes), ({ lock }) => lock)].flatMap(([lock, commits]) => {
    const byFence = [...commits].sort((one, other) => other.fence - one.fence || one.atMs - other.atMs);
    const found: string[] = [];
    let earliestNewer = Number.POSITIVE_INFINITY;
    for (const [, same] of groupBy(byFence, ({ fence }) => String(fence))) {
      for (const { eventId, pid, fence } of same) {
        if ((began.get(eventId)?.atMs ?? 0) > earliestNewer) {
          found.push(`process ${pid} wrote under fence ${fence} of ${lock} when a newer holder had written`);
        }
      }
      earliestNewer = Math.min(earliestNewer, ...same.map(({ atMs }) => atMs));
    }
    return found;
  });
}

function judgeRecovery(history: History): Judgement {
  const orphans = history.executions.filter(
    ({ status, reason }) => status === "recovered" && CLOSED_BY_ANOTHER.test(reason),
  );
  const violations = orphans.flatMap(({ instance, endTold, executionId }) => {
    const life = lifeOf(history, instance);
    const at = endTold ?? 0;
    if (!life || (life.endedAt !== undefined && life.endedAt <= at)) return [];
    // A process that nobody heard for a lease is taken for dead, and rightly so.
    if (disturbances(history, life.name, at - AFTERMATH_MS - LEASE_MS, at).length > 0) return [];
    return [`run ${executionId} was taken from ${life.name}, which was alive and well`];
  });
  return judge("R7", [{ what: "runs that another process closed", count: orphans.length, atLeast: 1 }], violations);
}
