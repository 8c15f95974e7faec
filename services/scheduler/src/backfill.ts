import type { Queryable } from "@vigia/database";
import { commandSubject, jobOf, taskWithinJob, tickId, toHeaders } from "@vigia/messages";
import { CommandRejectedError, defineCommand, type ServiceCommand, type ServiceEnvironment } from "@vigia/runtime";
import { readTimeMs } from "./clock.ts";
import { instantAfter } from "./due.ts";
import type { Schedule } from "./schedule.ts";

/** Each waits for the one before it, and for a job's other commands: more is asked for in parts. */
const MOST_INSTANTS = 200;

type BackfillEnvironment = Pick<ServiceEnvironment<object>, "bus" | "service">;

/**
 * Has a task run for each past instant of its schedule whose tick did not lead to a run that completed. They are
 * commands, one after the other, given before this one's end commits: should that be lost, the next try gives them again
 * under the same ids.
 */
export function backfillSchedules(environment: BackfillEnvironment, schedules: readonly Schedule[]): ServiceCommand {
  return defineCommand("scheduler.backfill", async ({ data, commandId, tx }) => {
    const schedule = schedules.find(({ task }) => task === `${data.job}.${data.task}`);
    if (!schedule) throw new CommandRejectedError(`task: "${data.job}.${data.task}" has no schedule`);
    const now = new Date(await readTimeMs(tx));
    const [from, to] = [new Date(data.from), new Date(data.to)];
    if (to > now) throw new CommandRejectedError(`to: ${data.to} is yet to come; it is ${now.toISOString()}`);
    const instants = instantsWithin(schedule, from, to);
    if (instants.length > MOST_INSTANTS) {
      throw new CommandRejectedError(`to: over ${MOST_INSTANTS} instants lie between; ask for them in parts`);
    }
    const done = await findCompleted(tx, schedule, instants);
    const wanted = instants.filter((at) => !done.has(tickId(schedule.task, at)));
    for (const at of wanted) await giveRun(environment, schedule, at, { commandId, now });
    return { task: schedule.task, instants: instants.length, runs: wanted.length };
  });
}

/** Both ends are inclusive; one more than are allowed at the most. */
export function instantsWithin(schedule: Schedule, from: Date, to: Date): readonly Date[] {
  const found: Date[] = [];
  let next = instantAfter(schedule, new Date(from.getTime() - 1));
  while (next && next.at <= to && found.length <= MOST_INSTANTS) {
    found.push(next.at);
    next = instantAfter(schedule, next.at);
  }
  return found;
}

/** The ids of their ticks that led to a run that completed. By executions_by_message. */
async function findCompleted(sql: Queryable, { task }: Schedule, instants: readonly Date[]): Promise<Set<string>> {
  const { rows } = await sql.query<{ id: string }>(
    "SELECT message_id AS id FROM vigia.executions WHERE message_id = ANY($1::text[]) AND status = 'completed'",
    [instants.map((at) => tickId(task, at))],
  );
  return new Set(rows.map(({ id }) => id));
}

async function giveRun(
  { bus, service }: BackfillEnvironment,
  { task }: Schedule,
  at: Date,
  { commandId, now }: { readonly commandId: string; readonly now: Date },
): Promise<void> {
  const subject = commandSubject(jobOf(task), "run");
  const scheduledAt = at.toISOString();
  const cause = { correlationId: commandId, causationId: commandId };
  const envelope = { id: `${commandId}:${scheduledAt}`, source: service, type: subject, time: now.toISOString() };
  await bus.publish(subject, { task: taskWithinJob(task), scheduledAt }, toHeaders({ ...envelope, ...cause }));
}
