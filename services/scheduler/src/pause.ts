import type { Transaction } from "@vigia/database";
import { tasksMeant } from "@vigia/messages";
import { CommandRejectedError, defineCommand, type ServiceCommand } from "@vigia/runtime";
import { readTimeMs } from "./clock.ts";
import { instantAfter, whatWasPaused } from "./due.ts";
import { type Fired, lockPaused, pauseSchedules, registerSchedules, resumeSchedule } from "./fired.ts";
import type { Schedule } from "./schedule.ts";
import { recordMissed, type SkipEnvironment } from "./skip.ts";

/** Pause and resume. What a pause skips is never caught up, and is on record when the pause ends. */
export function scheduleCommands(environment: SkipEnvironment, schedules: readonly Schedule[]): ServiceCommand[] {
  const meant = (data: { readonly job: string; readonly task?: string | undefined }) => {
    const tasks = tasksMeant(data);
    return schedules.filter(({ task }) => tasks.includes(task));
  };
  return [
    defineCommand("scheduler.pause", async ({ data, tx }) => {
      const now = new Date(await readTimeMs(tx));
      const until = data.until === undefined ? undefined : new Date(data.until);
      if (until && until <= now) {
        throw new CommandRejectedError(`until: ${data.until} has passed; it is ${now.toISOString()}`);
      }
      const paused = meant(data);
      await registerSchedules(tx, paused, now);
      const tasks = paused.map(({ task }) => task);
      await pauseSchedules(tx, tasks, { until, reason: data.reason });
      return { paused: tasks, ...(until ? { until: until.toISOString() } : {}) };
    }),
    defineCommand("scheduler.resume", async ({ data, tx }) => {
      const wanted = meant(data);
      const now = new Date(await readTimeMs(tx));
      const paused = await lockPaused(
        tx,
        wanted.map(({ task }) => task),
      );
      for (const fired of paused) await endPause(environment, tx, wanted, fired, now);
      return { resumed: paused.map(({ task }) => task) };
    }),
  ];
}

/** Ends the pauses whose time has come. The instant that a pause lasts until is due again. */
export async function endElapsedPauses(
  environment: SkipEnvironment,
  tx: Transaction,
  schedules: readonly Schedule[],
  now: Date,
): Promise<void> {
  const paused = await lockPaused(
    tx,
    schedules.map(({ task }) => task),
  );
  for (const fired of paused) {
    if (!isElapsed(fired, now)) continue;
    await endPause(environment, tx, schedules, fired, new Date(fired.pausedUntil.getTime() - 1));
  }
}

export function isElapsed(fired: Fired, now: Date): fired is Fired & { readonly pausedUntil: Date } {
  return fired.paused && fired.pausedUntil !== null && fired.pausedUntil <= now;
}

async function endPause(
  environment: SkipEnvironment,
  tx: Transaction,
  schedules: readonly Schedule[],
  { task, lastFired, announced, pauseReason }: Fired,
  end: Date,
): Promise<void> {
  const schedule = schedules.find((each) => each.task === task);
  const reason = pauseReason ? `the schedule was paused: ${pauseReason}` : "the schedule was paused";
  // What was announced before the pause has its tick.
  const from = later(lastFired, announced);
  const missed = schedule && whatWasPaused(schedule, from, end, reason);
  if (missed) await recordMissed(environment, tx, task, missed);
  const goesOn = later(from, end);
  await resumeSchedule(tx, task, goesOn, schedule && instantAfter(schedule, goesOn)?.dueAt);
  environment.log.info({ task, from: end }, "the schedule goes on");
}

function later(one: Date, other: Date | null): Date {
  return other && other > one ? other : one;
}
