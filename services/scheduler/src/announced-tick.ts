import { setTimeout as sleep } from "node:timers/promises";
import { STREAMS, tickFor, tickId, tickSubject, toHeaders } from "@vigia/messages";
import { type PublishOutcome, type ServiceEnvironment, withSpan } from "@vigia/runtime";
import type { Clock } from "./clock.ts";
import { type Instant, instantAfter, isLate, isTooOld } from "./due.ts";
import { noteFired } from "./fired.ts";
import type { Schedule } from "./schedule.ts";
import { skipRefused } from "./skip.ts";

/** What was read longer ago than this is read again before a tick goes out: the process may have been paused. */
const STALE_AFTER_MS = 10_000;

export type TickEnvironment = Pick<ServiceEnvironment<object>, "bus" | "database" | "tracker" | "log" | "service"> & {
  readonly clock: Clock;
};

export interface AnnouncedTick {
  readonly schedule: Schedule;
  readonly instant: Instant;
  /** The schedule was paused meanwhile. */
  readonly paused: boolean;
  /** When it was read that the tick is announced, by the monotonic clock. */
  readonly readAt: number;
}

/**
 * Publishes a tick that was announced, at its time, and notes what became of it. A process may die before the note: the
 * next that looks publishes it again, under the same id, and the stream or the run keeps one.
 * False: the tick before it still waits or runs, and this one waits for it, as the policy `all` has it.
 */
export async function sendAnnounced(
  environment: TickEnvironment,
  { schedule, instant, paused, readAt }: AnnouncedTick,
): Promise<boolean> {
  const { clock } = environment;
  await until(clock, instant.dueAt);
  if (performance.now() - readAt > STALE_AFTER_MS) return true;
  // Here begins the trace of all that follows from the tick.
  return withSpan(`tick ${schedule.task}`, {}, async () => {
    const outcome = await publish(environment, schedule, instant);
    const waits = schedule.misfire === "all" && !paused && !isTooOld(schedule, instant, clock.now());
    if (outcome === "refused" && waits) return false;
    await note(environment, schedule, instant, outcome);
    return true;
  });
}

/** A timer may fire a little early. */
async function until(clock: Clock, at: Date): Promise<void> {
  for (;;) {
    const leftMs = at.getTime() - clock.now().getTime();
    if (leftMs <= 0) return;
    await sleep(leftMs);
  }
}

async function publish(environment: TickEnvironment, { task }: Schedule, instant: Instant): Promise<PublishOutcome> {
  const { bus, service, clock } = environment;
  const id = tickId(task, instant.at);
  const now = clock.now();
  const envelope = { id, source: service, type: "vigia.tick", time: now.toISOString(), correlationId: id };
  const tick = tickFor(task, instant.at, isLate(instant, now));
  const outcome = await bus.publish(tickSubject(task), tick, toHeaders(envelope));
  return outcome === "refused" && (await isWaiting(environment, tickSubject(task), id)) ? "duplicate" : outcome;
}

/** Beyond its window for duplicates the stream refuses a tick because of itself. */
async function isWaiting({ bus }: TickEnvironment, subject: string, id: string): Promise<boolean> {
  const waiting = await bus.manager.streams.getMessage(STREAMS.ticks.name, { last_by_subj: subject });
  return waiting?.header.get("Nats-Msg-Id") === id;
}

/** Once, whatever the number of replicas. */
async function note(
  environment: TickEnvironment,
  schedule: Schedule,
  { at }: Instant,
  outcome: PublishOutcome,
): Promise<void> {
  const { database, log, service } = environment;
  const { task } = schedule;
  const next = instantAfter(schedule, at)?.dueAt;
  if (outcome !== "refused") {
    if (await noteFired(database, task, at, next)) log.info({ task, scheduledAt: at, outcome }, "tick");
    return;
  }
  await database.transaction({ source: service, correlationId: tickId(task, at) }, async (tx) => {
    if (await noteFired(tx, task, at, next)) await skipRefused(environment, tx, task, at);
  });
}
