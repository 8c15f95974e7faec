import {
  type CommandTarget,
  commandFilter,
  type OutgoingEvent,
  type ParsedCommand,
  parseCommand,
  STREAMS,
} from "@vigia/messages";
import type { Bus } from "../bus/bus.ts";
import { keepDeadLetter } from "../bus/dead-letter.ts";
import type { IncomingMessage } from "../bus/message.ts";
import { handlingLimitMs, pullLoop, type Verdict } from "../bus/pull.ts";
import type { Component } from "../service/component.ts";
import { addressOf, commandEvents } from "./command-events.ts";
import { runTask, type TaskRunner } from "./run-task.ts";
import { carryOutCommand, type ServiceCommand } from "./service-command.ts";
import type { Task } from "./task.ts";
import { verdictOf } from "./verdict.ts";

/** What commands can ask for: a run of a task, or what a service does by itself. */
export interface Served {
  readonly tasks: readonly Task[];
  readonly commands: readonly ServiceCommand[];
}

/** Carries out the commands of a target, one after the other in the order they came. */
export function consumeCommands(
  bus: Bus,
  runner: TaskRunner,
  target: CommandTarget,
  served: Served,
): Promise<Component> {
  const durable = `${target}-commands`;
  return pullLoop({
    bus,
    stream: STREAMS.commands,
    durable,
    filter: commandFilter(target),
    description: `Carries out the commands of ${target}`,
    handlingLimitMs: handlingLimitMs(Math.max(0, ...served.tasks.map(({ name }) => runner.limitSecondsOf(name)))),
    metrics: runner.metrics,
    log: runner.log,
    stopping: runner.stopping,
    restoreStreams: runner.restoreStreams,
    handle: (incoming) => handleCommand(bus, runner, served, durable, incoming),
  });
}

async function handleCommand(
  bus: Bus,
  runner: TaskRunner,
  served: Served,
  durable: string,
  incoming: IncomingMessage,
): Promise<Verdict> {
  const { envelope, deliveries } = incoming;
  const events = commandEvents(incoming);
  const bury = async (reason: string, tries: number, ending: OutgoingEvent[] = []): Promise<Verdict> => {
    const context = { source: runner.service, correlationId: envelope.correlationId, causationId: envelope.id };
    await keepDeadLetter(bus, runner.database, context, {
      message: incoming,
      consumer: durable,
      reason,
      tries,
      events: ending,
    });
    runner.metrics.messages.inc({ consumer: durable, outcome: "dead" });
    return { say: "term" };
  };
  const command = readCommand(incoming);
  if (!command.ok) return bury(command.reason, deliveries, [events.rejected(command.reason)]);
  const outcome = await ("runs" in command
    ? runTask(runner, taskNamed(served, command.runs), {
        messageId: envelope.id,
        replay: incoming.replay,
        delivery: incoming.delivery,
        correlationId: envelope.correlationId ?? envelope.id,
        trigger: "command",
        scheduledAt: new Date(command.scheduledAt ?? incoming.receivedAt),
        catchUp: command.scheduledAt !== undefined,
        command: command.data,
        onStart: (executionId) => [events.accepted(executionId)],
        onEnd: (end) =>
          end.status === "completed"
            ? [events.completed(end.result, end.executionId)]
            : [events.failed(end.error, end.executionId)],
      })
    : carryOutCommand(runner, durable, commandNamed(served, command.does), incoming, command.data));
  if (outcome.kind === "failed" && outcome.last) {
    // A run has told its end already, with its record.
    const ending = "runs" in command ? [] : [events.failed(outcome.error)];
    return bury(outcome.error.message, outcome.attempt, ending);
  }
  runner.metrics.messages.inc({ consumer: durable, outcome: outcome.kind });
  return verdictOf(outcome);
}

function readCommand({ body, subject, receivedAt }: IncomingMessage): ParsedCommand {
  if (!body.ok) return body;
  const { target, command } = addressOf(subject);
  const parsed = parseCommand(target, command, body.data);
  // What a task does for an instant that has not come, such as ending what has expired by then, can't be undone.
  const isEarly = parsed.ok && "runs" in parsed && new Date(parsed.scheduledAt ?? 0) > receivedAt;
  return isEarly ? { ok: false, reason: "scheduledAt: must not be after the command itself" } : parsed;
}

function taskNamed({ tasks }: Served, wanted: Task["name"]): Task {
  const task = tasks.find(({ name }) => name === wanted);
  if (!task) throw new Error(`the service does not serve ${wanted}`);
  return task;
}

function commandNamed({ commands }: Served, wanted: ServiceCommand["name"]): ServiceCommand {
  const command = commands.find(({ name }) => name === wanted);
  if (!command) throw new Error(`the service does not serve ${wanted}`);
  return command;
}
