import { countFailedTry, type Database, forgetFailedTries, type Queryable } from "@vigia/database";
import { type IncomingMessage, placeOf } from "./bus/message.ts";

/**
 * The tries of one consumer with one message. They are counted in Postgres, not by the deliveries: a delivery that found
 * Postgres away tried nothing, and one that was cut short by a crash or a shutdown has not failed.
 */
export interface Tries {
  /** Counts one that failed, and returns which it was, from 1. Throws while Postgres is away. */
  failed(database: Database): Promise<number>;
  /** Belongs into the transaction of the effect. */
  succeeded(tx: Queryable): Promise<void>;
}

export function triesOf(consumer: string, message: IncomingMessage): Tries {
  const place = placeOf(message);
  return {
    failed: (database) => countFailedTry(database, consumer, place),
    async succeeded(tx) {
      if (message.deliveries > 1) await forgetFailedTries(tx, consumer, place);
    },
  };
}
