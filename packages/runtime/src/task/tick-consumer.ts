import {
  describeProblems,
  STREAMS,
  type Tick,
  taskDefinition,
  taskOfTick,
  tickSchema,
  tickSubject,
} from "@vigia/messages";
import type { Bus } from "../bus/bus.ts";
import { keepDeadLetter } from "../bus/dead-letter.ts";
import type { IncomingMessage } from "../bus/message.ts";
import { handlingLimitMs, pullLoop, type Verdict } from "../bus/pull.ts";
import type { Component } from "../service/component.ts";
import { runTask, type TaskRunner } from "./run-task.ts";
import type { Task } from "./task.ts";
import { verdictOf } from "./verdict.ts";

/** Runs a task for each of its ticks. */
export function consumeTicks(bus: Bus, runner: TaskRunner, task: Task): Promise<Component> {
  const durable = task.name.replace(".", "-");
  return pullLoop({
    bus,
    stream: STREAMS.ticks,
    durable,
    filter: tickSubject(task.name),
    description: taskDefinition(task.name).description,
    handlingLimitMs: handlingLimitMs(runner.limitSecondsOf(task.name)),
    metrics: runner.metrics,
    log: runner.log,
    stopping: runner.stopping,
    restoreStreams: runner.restoreStreams,
    handle: (incoming) => handleTick(bus, runner, task, durable, incoming),
  });
}

async function handleTick(
  bus: Bus,
  runner: TaskRunner,
  task: Task,
  durable: string,
  incoming: IncomingMessage,
): Promise<Verdict> {
  const { envelope, deliveries } = incoming;
  const context = { source: runner.service, correlationId: envelope.correlationId, causationId: envelope.id };
  const bury = async (reason: string, tries: number): Promise<Verdict> => {
    await keepDeadLetter(bus, runner.database, context, { message: incoming, consumer: durable, reason, tries });
    runner.metrics.messages.inc({ consumer: durable, outcome: "dead" });
    return { say: "term" };
  };
  const tick = readTick(incoming, task);
  if (typeof tick === "string") return bury(tick, deliveries);
  const outcome = await runTask(runner, task, {
    messageId: envelope.id,
    replay: incoming.replay,
    delivery: incoming.delivery,
    correlationId: envelope.correlationId ?? envelope.id,
    trigger: "schedule",
    scheduledAt: new Date(tick.scheduledAt),
    catchUp: tick.catchUp,
    command: undefined,
  });
  if (outcome.kind === "failed" && outcome.last) return bury(outcome.error.message, outcome.attempt);
  runner.metrics.messages.inc({ consumer: durable, outcome: outcome.kind });
  return verdictOf(outcome);
}

/** The tick, or what is wrong with it. */
function readTick({ body }: IncomingMessage, task: Task): Tick | string {
  if (!body.ok) return body.reason;
  const parsed = tickSchema.safeParse(body.data);
  if (!parsed.success) return describeProblems(parsed.error);
  return taskOfTick(parsed.data) === task.name
    ? parsed.data
    : `the tick on ${tickSubject(task.name)} is for another task`;
}
