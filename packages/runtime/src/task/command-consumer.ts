import {
  commandChanged,
  commandFilter,
  type JobName,
  type OutgoingEvent,
  type ParsedCommand,
  parseCommand,
  STREAMS,
} from "@vigia/messages";
import type { Bus } from "../bus/bus.ts";
import { keepDeadLetter } from "../bus/dead-letter.ts";
import type { IncomingMessage } from "../bus/message.ts";
import { pullLoop, type Verdict } from "../bus/pull.ts";
import { CommandRejectedError } from "../errors.ts";
import type { Component } from "../service/component.ts";
import { type RunEnd, runTask, type TaskRunner } from "./run-task.ts";
import type { Task } from "./task.ts";
import { verdictOf } from "./verdict.ts";

/** Carries out the commands of a job, one after the other in the order they came. */
export function consumeCommands(
  bus: Bus,
  runner: TaskRunner,
  job: JobName,
  tasks: readonly Task[],
): Promise<Component> {
  const durable = `${job}-commands`;
  return pullLoop({
    bus,
    stream: STREAMS.commands,
    durable,
    filter: commandFilter(job),
    description: `Carries out the commands of ${job}`,
    log: runner.log,
    stopping: runner.stopping,
    restoreStreams: runner.restoreStreams,
    handle: (incoming) => handleCommand(bus, runner, tasks, durable, incoming),
  });
}

async function handleCommand(
  bus: Bus,
  runner: TaskRunner,
  tasks: readonly Task[],
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
  const task = tasks.find(({ name }) => name === command.task);
  if (!task) throw new Error(`the service does not serve ${command.task}`);

  const outcome = await runTask(runner, task, {
    messageId: envelope.id,
    correlationId: envelope.correlationId ?? envelope.id,
    trigger: "command",
    scheduledAt: incoming.receivedAt,
    catchUp: false,
    command: command.data,
    onStart: (executionId) => [events.accepted(executionId)],
    onEnd: (end) => [events.ended(end)],
  });
  if (outcome.kind === "failed" && outcome.last) return bury(outcome.error.message, outcome.attempt);
  runner.metrics.messages.inc({ consumer: durable, outcome: outcome.kind });
  return verdictOf(outcome);
}

function readCommand({ body, subject }: IncomingMessage): ParsedCommand {
  if (!body.ok) return body;
  const { target, command } = addressOf(subject);
  return parseCommand(target, command, body.data);
}

function addressOf(subject: string): { target: string; command: string } {
  const [, , target = "", ...command] = subject.split(".");
  return { target, command: command.join(".") };
}

/** The command's life cycle. Ids follow from the command's, so that a second try says nothing twice. */
export function commandEvents({ envelope, subject }: Pick<IncomingMessage, "envelope" | "subject">) {
  const { target, command } = addressOf(subject);
  const event = (status: "accepted" | "rejected" | "completed" | "failed", details: object) =>
    commandChanged(
      { status, target, command, commandId: envelope.id, at: new Date().toISOString(), ...details },
      `${envelope.id}:${status}`,
    );
  return {
    accepted: (executionId: string) => event("accepted", { executionId }),
    rejected: (reason: string) => event("rejected", { reason }),
    ended(end: RunEnd) {
      const { executionId } = end;
      if (end.status === "completed")
        return event("completed", { executionId, ...(end.result ? { result: end.result } : {}) });
      const rejected = end.error instanceof CommandRejectedError;
      return event(rejected ? "rejected" : "failed", { executionId, reason: end.error.message });
    },
  };
}
