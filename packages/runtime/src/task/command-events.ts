import { commandChanged, type OutgoingEvent } from "@vigia/messages";
import type { IncomingMessage } from "../bus/message.ts";
import { CommandRejectedError } from "../errors.ts";
import { printable, reasonOf } from "../printable.ts";
import type { TaskResult } from "./task.ts";

export type CommandEvents = ReturnType<typeof commandEvents>;

/** The command's life cycle. Ids follow from the command's, so that a second try says nothing twice; a replay does. */
export function commandEvents({ envelope, subject, replay }: Pick<IncomingMessage, "envelope" | "subject" | "replay">) {
  const { target, command } = addressOf(subject);
  const commandId = printable(envelope.id);
  const id = replay === undefined ? commandId : `${commandId}#${replay}`;
  const event = (status: "accepted" | "rejected" | "completed" | "failed", details: object): OutgoingEvent =>
    commandChanged({ status, target, command, commandId, at: new Date().toISOString(), ...details }, `${id}:${status}`);
  /** The run, where the command has one. */
  const by = (executionId: string | undefined) => (executionId === undefined ? {} : { executionId });
  return {
    accepted: (executionId?: string) => event("accepted", by(executionId)),
    rejected: (reason: string) => event("rejected", { reason: printable(reason) }),
    completed: (result: TaskResult, executionId?: string) =>
      event("completed", { ...by(executionId), ...(result ? { result: { ...result } } : {}) }),
    failed: (error: Error, executionId?: string) =>
      event(error instanceof CommandRejectedError ? "rejected" : "failed", {
        ...by(executionId),
        reason: reasonOf(error),
      }),
  };
}

export function addressOf(subject: string): { target: string; command: string } {
  const [, , target = "", ...command] = subject.split(".");
  return { target, command: command.join(".") };
}
