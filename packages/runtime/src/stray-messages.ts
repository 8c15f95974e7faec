import { COMMAND_TARGETS, STREAMS, TASK_NAMES, taskDefinition, tickSubject } from "@vigia/messages";
import { isMessageNotFound } from "./bus/api-error.ts";
import { keepDeadLetter } from "./bus/dead-letter.ts";
import { readStored } from "./bus/message.ts";
import { asError } from "./errors.ts";
import type { Component } from "./service/component.ts";
import type { ServiceEnvironment } from "./service/run-service.ts";
import { commandEvents } from "./task/command-events.ts";

const LOOK_EVERY_MS = 5_000;
const CONSUMER = "nobody";

type StrayEnvironment = Pick<ServiceEnvironment<object>, "bus" | "database" | "log" | "service">;

/**
 * A tick or command on a subject that no job has would lie in its work queue unread, and its sender would never hear
 * of it. Every few seconds, such messages become dead letters, and a command's sender is told what there is instead.
 */
export function watchForStrays(environment: StrayEnvironment): Component {
  let looking = Promise.resolve();
  const look = () => {
    looking = looking
      .then(() => buryStrays(environment))
      .catch((error) => environment.log.warn({ err: asError(error) }, "looking for stray messages failed"));
  };
  const timer = setInterval(look, LOOK_EVERY_MS);
  return {
    name: "stray messages",
    stop: async () => {
      clearInterval(timer);
      await looking;
    },
  };
}

async function buryStrays(environment: StrayEnvironment): Promise<void> {
  const { manager } = environment.bus;
  for (const { name, subjects } of [STREAMS.ticks, STREAMS.commands]) {
    const { state } = await manager.streams.info(name, { subjects_filter: subjects[0] });
    for (const subject of Object.keys(state.subjects ?? {}).filter((each) => !isServed(each))) {
      await bury(environment, name, subject);
    }
  }
}

async function bury({ bus, database, log, service }: StrayEnvironment, stream: string, subject: string): Promise<void> {
  const stored = await bus.manager.streams.getMessage(stream, { last_by_subj: subject });
  if (!stored) return;
  const message = readStored(stream, stored);
  const { envelope } = message;
  const reason = explain(subject);
  const context = { source: service, correlationId: envelope.correlationId, causationId: envelope.id };
  const events = subject.startsWith("vigia.command.") ? [commandEvents(message).rejected(reason)] : [];
  await keepDeadLetter(bus, database, context, { message, consumer: CONSUMER, reason, tries: 1, events });
  log.warn({ subject, reason }, "a message that nobody serves became a dead letter");
  await bus.manager.streams.deleteMessage(stream, stored.seq).catch((error: unknown) => {
    if (!isMessageNotFound(error)) throw error;
  });
}

function isServed(subject: string): boolean {
  return (
    COMMAND_TARGETS.some((target) => subject.startsWith(`vigia.command.${target}.`)) ||
    TASK_NAMES.some((task) => subject === tickSubject(task) && taskDefinition(task).schedule !== null)
  );
}

function explain(subject: string): string {
  return subject.startsWith("vigia.command.")
    ? `nobody serves "${subject}"; the jobs are ${COMMAND_TARGETS.join(", ")}`
    : `nobody serves "${subject}"; the tasks are ${TASK_NAMES.join(", ")}`;
}
