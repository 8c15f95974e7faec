import type { Queryable } from "@vigia/database";
import { asError, RunCancelledError } from "../errors.ts";
import type { Logger } from "../service/logging.ts";

/** How often a run looks whether somebody wants it ended. One that is over sooner never does. */
const LOOK_EVERY_MS = 1_000;

/** A command that says that a run is to end. */
export interface Cancellation {
  readonly commandId: string;
  readonly reason: string | null;
}

export interface CancelWatch {
  /** Aborts with a `RunCancelledError`. */
  readonly signal: AbortSignal;
  stop(): void;
}

/**
 * Looks for a cancellation of a run, by its message as the record names it, until it is stopped. In Postgres, so that
 * whichever process has the run hears of it, as long as it can do anything at all.
 */
export function watchForCancel(sql: Queryable, messageId: string, log: Logger): CancelWatch {
  const controller = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  let isOver = false;

  function lookLater() {
    if (!isOver) timer = setTimeout(look, LOOK_EVERY_MS).unref();
  }

  function look() {
    findCancellation(sql, messageId)
      .then((found) => {
        if (found) controller.abort(cancelledBy(found));
        else lookLater();
      })
      .catch((error: unknown) => {
        log.warn({ err: asError(error) }, "looking for a cancellation failed");
        lookLater();
      });
  }

  lookLater();
  return {
    signal: controller.signal,
    stop() {
      isOver = true;
      clearTimeout(timer);
    },
  };
}

export function cancelledBy({ commandId, reason }: Cancellation): RunCancelledError {
  return new RunCancelledError(`cancelled by command ${commandId}${reason ? `: ${reason}` : ""}`);
}

/** By the primary key. */
async function findCancellation(sql: Queryable, messageId: string): Promise<Cancellation | undefined> {
  const { rows } = await sql.query<Cancellation>(
    `SELECT command_id AS "commandId", reason FROM vigia.cancellations WHERE message_id = $1`,
    [messageId],
  );
  return rows[0];
}
