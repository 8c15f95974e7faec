import { beginTry, countFailedTry, type Database, forgetFailedTries, type Queryable } from "@vigia/database";
import { type IncomingMessage, placeOf } from "./bus/message.ts";
import { PermanentError } from "./errors.ts";

/** As many processes may end in the middle of one message: whoever takes it next makes a dead letter of it. */
const DEATHS_ALLOWED = 5;

/**
 * The tries of one consumer with one message. They are counted in Postgres, not by the deliveries: a delivery that found
 * Postgres away tried nothing, and one that was cut short by a crash or a shutdown has not failed.
 */
export interface Tries {
  /**
   * Notes that this process begins a try of a message that was delivered before. Throws `KilledProcessesError` where so
   * many processes began one and came to no end that the message itself must be what ends them.
   */
  begun(database: Database): Promise<void>;
  /** Counts one that failed, and returns which it was, from 1. Throws while Postgres is away. */
  failed(database: Database): Promise<number>;
  /** Belongs into the transaction of the effect. */
  succeeded(tx: Queryable): Promise<void>;
}

/** A message that ends its process each time it is handled. */
export class KilledProcessesError extends PermanentError {
  override readonly name = "KilledProcessesError";
}

/** `process` names this one among all that there ever were. */
export function triesOf(consumer: string, message: IncomingMessage, process: string): Tries {
  const place = placeOf(message);
  let isKnown = message.deliveries > 1;
  return {
    async begun(database) {
      if (message.deliveries === 1) return;
      const deaths = (await beginTry(database, consumer, place, process)) - 1;
      if (deaths < DEATHS_ALLOWED) return;
      throw new KilledProcessesError(`${deaths} processes ended in the middle of it, one after the other`);
    },
    failed(database) {
      isKnown = true;
      return countFailedTry(database, consumer, place);
    },
    async succeeded(tx) {
      if (isKnown) await forgetFailedTries(tx, consumer, place);
    },
  };
}
