import { setTimeout as sleep } from "node:timers/promises";
import { commandSubject, STREAMS } from "@vigia/messages";
import { ENOUGH } from "./checks/enough.ts";
import { PLANTED_CHECK } from "./checks/findings.ts";
import type { Machine } from "./machine.ts";
import type { Plants } from "./plants.ts";
import { SCHEDULES, type System } from "./system.ts";
import { runTemperOf } from "./tempers.ts";

/** What is waited for has got stuck when it came no nearer for so long; where it does, a busy machine takes its time. */
const STUCK_MS = 240_000;
const LOOK_EVERY_MS = 1_000;
/** Longer than the last fault's aftermath: what ends after it ends while all is well. */
const CALM_MS = 6_000;
const AHEAD_SECONDS = 5;
/** Ticks go on until the schedules are paused: no schedule may be further behind than this, beside its interval. */
const BEHIND_MS = 5_000;

/**
 * Waits until the faults' traces are gone, pauses the schedules, waits until all is worked off, and ends all. What
 * is not so when the time is over is left for the checks to find.
 */
export async function settle(
  system: System,
  machine: Machine,
  plants: Plants,
  say: (line: string) => void,
): Promise<{ readonly degraded: string[]; readonly leftOver: string[]; readonly schedulesUntil: number }> {
  const calmSince = new Date();
  await sleep(CALM_MS);
  // Forks set the chain's clock back, and no order ends before a block that is later than its expiry.
  await system.chain.setNextTimestamp(Math.ceil(Date.now() / 1_000) + AHEAD_SECONDS);
  await system.chain.mine(1);
  await until(async () => (await schedulesBehind(system)).length === 0 && (await isChainSynced(system)));
  // What the chain's newest block lets end is found by the next tick, which comes only while the schedules go on.
  await untilNone(() => countWaiting(system, ORDERS_DUE));
  // A run whose end Postgres never heard is closed when the next one of its task begins.
  await until(() => haveRunsEnded(system, calmSince));
  // Amid faults a long run seldom comes to its end, and on a slow machine little is done; in the calm it must be.
  await untilNone(() => countMissing(system, calmSince));
  await plants.stop();
  // What is wrong by now is found, and what was mended is seen to be, while the checks go on.
  await untilNone(() => countWrong(system));
  let degraded = system.processes.map(({ name }) => name);
  await until(async () => {
    degraded = await degradedOf(system);
    return degraded.length === 0;
  });
  say(`the schedules pause${degraded.length ? `; without Redis are ${degraded.join(", ")}` : ""}`);
  const schedulesUntil = Date.now();
  await until(() => pauseSchedules(system));
  let leftOver: string[] = ["nothing was looked at"];
  await untilNone(async () => {
    const left = await whatIsLeft(system);
    leftOver = left.map(({ what, count }) => `${count} ${what}`);
    const running = (await haveRunsEnded(system, new Date())) ? 0 : 1;
    return left.reduce((sum, { count }) => sum + count, running);
  });
  say(`all ends${leftOver.length ? `; left over are ${leftOver.join(", ")}` : ""}`);
  await until(async () => machine.wellSince() < Date.now() - CALM_MS);
  await Promise.all(system.processes.map((process) => process.end()));
  return { degraded, leftOver, schedulesUntil };
}

/** Pauses every schedule, and says whether all are: the schedulers live on, and tell what they have to tell. */
async function pauseSchedules({ bus, database }: System): Promise<boolean> {
  const { rows } = await database.query<{ task: string }>(`SELECT task FROM vigia.schedules WHERE NOT paused`);
  for (const job of new Set(rows.map(({ task }) => task.split(".")[0] ?? ""))) {
    await bus.publish(commandSubject("scheduler", "pause"), { job, reason: "the faults are over" }, {});
  }
  return rows.length === 0;
}

/** Waits until nothing is left: it may take as long as it likes while that becomes less. */
async function untilNone(countLeft: () => Promise<number>): Promise<void> {
  let least = Number.POSITIVE_INFINITY;
  let nearerAt = Date.now();
  while (least > 0 && Date.now() < nearerAt + STUCK_MS) {
    // Just after the faults a question may fail as well; it is asked again.
    const left = await countLeft().catch(() => Number.POSITIVE_INFINITY);
    if (left < least) [least, nearerAt] = [left, Date.now()];
    if (left > 0) await sleep(LOOK_EVERY_MS);
  }
}

function until(isSo: () => Promise<boolean>): Promise<void> {
  return untilNone(async () => ((await isSo()) ? 0 : 1));
}

async function schedulesBehind({ database }: System): Promise<string[]> {
  const { rows } = await database.query<{ task: keyof typeof SCHEDULES; fired: Date }>(
    `SELECT task, last_fired AS fired FROM vigia.schedules`,
  );
  return rows
    .filter(({ task, fired }) => fired.getTime() < Date.now() - SCHEDULES[task] * 1_000 - BEHIND_MS)
    .map(({ task }) => task);
}

async function isChainSynced({ database, chain }: System): Promise<boolean> {
  const { rows } = await database.query<{ block: number }>(`SELECT block_number AS block FROM vigia.chain_cursors`);
  return rows[0]?.block === (await chain.headBlock());
}

/** By their own metrics: the processes that work without Redis, or that don't answer. */
async function degradedOf({ processes }: System): Promise<string[]> {
  const all = await Promise.all(
    processes.map(async ({ name, port }) => {
      const text = await fetch(`http://127.0.0.1:${port}/metrics`)
        .then((response) => response.text())
        .catch(() => "");
      return /^vigia_tracker_degraded\{[^}]*\} 0$/m.test(text) ? [] : [name];
    }),
  );
  return all.flat();
}

/** The orders of which the issues do not say what is so. */
async function countWrong({ database }: System): Promise<number> {
  const { rows } = await database.query<{ count: number }>(
    `SELECT count(*) AS count
       FROM (SELECT id::text FROM marketplace.orders WHERE seller_id = buyer_id) AS wrong (id)
       FULL JOIN (SELECT entity_id FROM vigia.issues WHERE check_code = $1 AND status <> 'resolved') AS open (id)
         USING (id)
      WHERE wrong.id IS NULL OR open.id IS NULL`,
    [PLANTED_CHECK],
  );
  return rows[0]?.count ?? 0;
}

const ORDERS_DUE = "orders that are due";

const WAITING: Readonly<Record<string, string>> = {
  "events that wait in the outbox": `SELECT count(*) FROM vigia.outbox
     WHERE relayed_at IS NULL`,
  [ORDERS_DUE]: `SELECT count(*) FROM marketplace.orders
     WHERE status = 'created' AND expires_at < now() AND deposit_tx IS NULL`,
};

async function haveRunsEnded({ database }: System, begunBefore: Date): Promise<boolean> {
  const { rows } = await database.query(
    `SELECT FROM vigia.executions WHERE status = 'running' AND started_at < $1 LIMIT 1`,
    [begunBefore],
  );
  return rows.length === 0;
}

/** What the checks must see of the suite's own runs, and of what is planted for the real ones, and is not there yet. */
async function countMissing({ database }: System, calmSince: Date): Promise<number> {
  const { rows } = await database.query<Done>(ALL_DONE, [
    ENOUGH.longRunMs,
    ENOUGH.keptMessageMs,
    calmSince,
    PLANTED_CHECK,
  ]);
  const [done] = rows;
  if (!done) throw new Error("nothing was counted");
  const failing = done.deadTicks.filter((id) => runTemperOf("consistency.check", id) === "fails").length;
  const missing = [
    ENOUGH.finishedRuns - done.runs,
    ENOUGH.effects - done.consumed,
    ENOUGH.failingTicks - failing,
    ...[done.long, done.kept, done.mended].map((count) => 1 - count),
  ];
  return missing.reduce((sum, count) => sum + Math.max(0, count), 0);
}

interface Done {
  readonly runs: number;
  readonly consumed: number;
  readonly long: number;
  readonly kept: number;
  readonly mended: number;
  readonly deadTicks: string[];
}

const ALL_DONE = `
SELECT (SELECT count(DISTINCT message_id) FROM reliability.effects
         WHERE (task, message_id) IN (SELECT consumer, message_id FROM vigia.handled_messages)) AS runs,
       (SELECT count(*) FROM reliability.handled) AS consumed,
       (SELECT count(*) FROM vigia.executions WHERE job = 'consistency.deep-check' AND status = 'completed'
           AND ended_at - started_at > $1 * interval '1 millisecond') AS long,
       (SELECT count(*) FROM vigia.executions WHERE job = 'consistency.deep-check' AND status = 'completed'
           AND ended_at - started_at > $2 * interval '1 millisecond' AND ended_at > $3) AS kept,
       (SELECT count(*) FROM vigia.issues WHERE check_code = $4 AND status = 'resolved') AS mended,
       ARRAY(SELECT message_id FROM vigia.dead_letters WHERE consumer = 'consistency-check') AS "deadTicks"`;

async function countWaiting({ database }: System, what: string): Promise<number> {
  const { rows } = await database.query<{ count: number }>(WAITING[what] as string);
  return rows[0]?.count ?? 0;
}

interface Left {
  readonly what: string;
  readonly count: number;
}

/** What is not worked off. */
async function whatIsLeft(system: System): Promise<Left[]> {
  const left: Left[] = [];
  for (const what of Object.keys(WAITING)) left.push({ what, count: await countWaiting(system, what) });
  const { bus } = system;
  for (const { name } of [STREAMS.ticks, STREAMS.commands]) {
    const { state } = await bus.manager.streams.info(name);
    left.push({ what: `messages in ${name}`, count: state.messages });
  }
  for await (const consumer of bus.manager.consumers.list(STREAMS.events.name)) {
    const count = consumer.num_pending + consumer.num_ack_pending;
    left.push({ what: `events that ${consumer.name} has not handled`, count });
  }
  return left.filter(({ count }) => count > 0);
}
