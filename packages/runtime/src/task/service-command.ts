import { handleOnce, type Transaction } from "@vigia/database";
import type { ServiceCommandData, ServiceCommandName } from "@vigia/messages";
import type { IncomingMessage } from "../bus/message.ts";
import { PermanentError } from "../errors.ts";
import { redactError } from "../redact.ts";
import type { Logger } from "../service/logging.ts";
import { triesOf } from "../tries.ts";
import { commandEvents } from "./command-events.ts";
import type { RunOutcome, TaskRunner } from "./run-task.ts";
import type { TaskResult } from "./task.ts";

/** A command that could not be carried out this often has failed. See `Tries` for what counts. */
const MAX_TRIES = 5;

export interface CommandContext<Data> {
  /** Checked against the command's schema. */
  readonly data: Data;
  /** Its `ce-id`: what is put on record of it names it. */
  readonly commandId: string;
  /** Commits together with the command's events and the note that it was carried out: its effect happens once. */
  readonly tx: Transaction;
  readonly log: Logger;
}

export interface ServiceCommand {
  readonly name: ServiceCommandName;
  // The data was checked against this command's schema before it comes here.
  readonly carryOut: (context: CommandContext<never>) => Promise<TaskResult>;
}

/**
 * A command that a service carries out by itself, in one transaction and without a run. What it returns is told with
 * its completion. Throw `CommandRejectedError` where it is impossible; other errors are tried again a few times.
 */
export function defineCommand<Name extends ServiceCommandName>(
  name: Name,
  carryOut: (context: CommandContext<ServiceCommandData<Name>>) => Promise<TaskResult>,
): ServiceCommand {
  return { name, carryOut: carryOut as ServiceCommand["carryOut"] };
}

/** Carries out one command once, however often it comes. */
export async function carryOutCommand(
  runner: TaskRunner,
  consumer: string,
  command: ServiceCommand,
  incoming: IncomingMessage,
  data: unknown,
): Promise<RunOutcome> {
  const { envelope } = incoming;
  const context = { source: runner.service, correlationId: envelope.correlationId, causationId: envelope.id };
  const log = runner.log.child({ command: command.name, commandId: envelope.id });
  const events = commandEvents(incoming);
  const tries = triesOf(consumer, incoming, runner.tracker.owner);
  try {
    await tries.begun(runner.database);
    return await runner.database.transaction(context, async (tx): Promise<RunOutcome> => {
      if (!(await handleOnce(tx, consumer, envelope.id))) return { kind: "done-before" };
      await tx.emit(events.accepted());
      const result = await command.carryOut({ data: data as never, commandId: envelope.id, tx, log });
      await tx.emit(events.completed(result));
      await tries.succeeded(tx);
      log.info({ ...result }, "command completed");
      return { kind: "completed" };
    });
  } catch (thrown) {
    const error = redactError(thrown, runner.redact);
    const attempt = await tries.failed(runner.database);
    const last = error instanceof PermanentError || attempt >= MAX_TRIES;
    log.warn({ err: error, attempt, last }, "command not carried out");
    return { kind: "failed", error, attempt, last };
  }
}
