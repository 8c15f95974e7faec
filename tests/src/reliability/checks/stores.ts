import type { Store } from "../fault-plan.ts";
import type { History, InjectedFault } from "../history.ts";
import { ENOUGH } from "./enough.ts";
import { accountsOf } from "./ticks.ts";
import { type Judgement, judge, type Looked } from "./verdict.ts";

/** Long enough that a run must fit into it. */
const OUTAGE_MS = 2_000;
const AFTERMATH_MS = 15_000;

/** S1, S2, S3: what the failure of a store may cost, and what it may not. */
export function judgeStores(history: History): Judgement[] {
  return [judgeRedis(history), judgePostgres(history), judgeNats(history)];
}

function faultsOf({ faults }: History, store: Store): InjectedFault[] {
  return faults.filter(({ target }) => target === store);
}

function outagesOf(history: History, store: Store): InjectedFault[] {
  return faultsOf(history, store).filter(({ from, to }) => to - from >= OUTAGE_MS);
}

function judgeRedis(history: History): Judgement {
  const outages = outagesOf(history, "redis");
  const begun = completed(history).filter(({ startTold }) =>
    outages.some(({ from, to }) => startTold >= from && startTold <= to),
  );
  return judge(
    "S1",
    [
      { what: "faults of Redis", count: faultsOf(history, "redis").length, atLeast: 1 },
      { what: "runs begun while it was away, and completed", count: begun.length, atLeast: 1 },
      {
        what: "processes that were asked in the end",
        count: new Set(history.lives.map(({ name }) => name)).size,
        atLeast: 1,
      },
    ],
    [...history.degraded.map((name) => `${name} had not returned to Redis in the end`), ...deaths(history, "redis")],
  );
}

function judgePostgres(history: History): Judgement {
  const done = new Set(
    history.executions.filter(({ status }) => status === "completed").map(({ executionId }) => executionId),
  );
  const kept = new Set(history.effects.map(({ eventId }) => eventId));
  const commits = history.notes.filter(({ what }) => what === "committed");
  return judge(
    "S2",
    [
      { what: "faults of Postgres", count: faultsOf(history, "postgres").length, atLeast: 1 },
      { what: "successes claimed in logs", count: history.claims.length, atLeast: 20 },
      { what: "commits noted by their processes", count: commits.length, atLeast: ENOUGH.effects },
      resumed(history, "postgres"),
    ],
    [
      ...history.claims.filter((id) => !done.has(id)).map((id) => `run ${id} was called completed, and is not`),
      ...commits
        .filter(({ eventId }) => !kept.has(eventId))
        .map(({ fence, step }) => `step ${step} under fence ${fence} was committed, and is not there`),
      ...deaths(history, "postgres"),
    ],
  );
}

/** Its outage costs no tick (each instant of that time is accounted for) and no event. */
function judgeNats(history: History): Judgement {
  const outages = outagesOf(history, "nats");
  const isIn = (at: number) => outages.some(({ from, to }) => at >= from && at <= to);
  const accounts = accountsOf(history);
  const due = accounts.flatMap((account) => account.due.filter(isIn));
  const waited = history.outbox.filter(({ createdAt }) => isIn(createdAt));
  return judge(
    "S3",
    [
      { what: "faults of NATS", count: faultsOf(history, "nats").length, atLeast: 1 },
      { what: "instants due while it was away", count: due.length, atLeast: 1 },
      { what: "events committed while it was away", count: waited.length, atLeast: 1 },
      resumed(history, "nats"),
    ],
    [
      ...(due.length > 0 ? accounts.flatMap(({ lost }) => lost) : []),
      ...history.outbox.filter(({ relayed }) => !relayed).map(({ id }) => `event ${id} waits still`),
      ...deaths(history, "nats"),
    ],
  );
}

function completed({ executions }: History) {
  return executions
    .filter(({ status }) => status === "completed")
    .map(({ startTold, endTold }) => ({ startTold: startTold ?? 0, endTold: endTold ?? 0 }));
}

function resumed(history: History, store: Store): Looked {
  const back = faultsOf(history, store).at(-1)?.to ?? Number.POSITIVE_INFINITY;
  const count = completed(history).filter(({ startTold }) => startTold > back).length;
  return { what: "runs completed after its last fault", count, atLeast: 1 };
}

/** Services that had started and ended by themselves when this store was at fault. */
function deaths(history: History, store: Store): string[] {
  return history.lives.flatMap(({ name, pid, readyAt, endedBy, endedAt, code }) => {
    if (readyAt === undefined || endedBy !== undefined || endedAt === undefined) return [];
    const near = faultsOf(history, store).find(({ from, to }) => endedAt >= from && endedAt <= to + AFTERMATH_MS);
    return near ? [`${name} (${pid}) ended by itself with ${code} when ${near.kind}`] : [];
  });
}
