import { isNativeError } from "node:util/types";
import { commandSubject, newMessageId, parseCommand, type TaskName, toHeaders } from "@vigia/messages";
import type { Bus } from "@vigia/runtime";
import { CliError, EXIT } from "../exit.ts";
import { reasonOf } from "../thrown.ts";

/** A command that was found right and may be published. */
export interface Command {
  readonly id: string;
  readonly target: string;
  readonly command: string;
  /** The task that it runs; `undefined` where its service carries it out by itself. */
  readonly task: TaskName | undefined;
  readonly data: unknown;
  readonly subject: string;
}

/** Checks a command as its receiver will. Throws `CliError` that says what is wrong with it. */
export function checkCommand(target: string, command: string, data: unknown): Command {
  const parsed = parseCommand(target, command, data);
  if (!parsed.ok) throw new CliError(EXIT.usage, parsed.reason);
  const task = "runs" in parsed ? parsed.runs : undefined;
  return { id: newMessageId(), target, command, task, data, subject: commandSubject(target, command) };
}

export async function publishCommand(bus: Bus, { id, subject, data }: Command, now: Date): Promise<void> {
  const envelope = { id, source: "vigia-cli", type: subject, time: now.toISOString(), correlationId: id };
  try {
    await bus.publish(subject, data, toHeaders(envelope));
  } catch (error) {
    if (isRightMissing(error)) {
      throw new CliError(EXIT.configuration, `NATS lets this user give no commands. Is NATS_URL the operator's?`, {
        cause: error,
      });
    }
    throw new CliError(
      EXIT.away,
      `NATS did not take the command (${refusalOf(error)}). Its stream is made by the first service that starts: is one running?`,
      { cause: error },
    );
  }
}

/** The client hands on what the server refused as the cause of a failed request. */
function isRightMissing(error: unknown): boolean {
  return isNativeError(error) && isNativeError(error.cause) && error.cause.name === "PermissionViolationError";
}

/** Where no stream holds a subject, nobody answers, and the client takes JetStream for switched off. */
function refusalOf(error: unknown): string {
  return isNativeError(error) && error.name === "JetStreamNotEnabled" ? "no stream holds its subject" : reasonOf(error);
}
