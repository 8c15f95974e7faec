import type { Transaction } from "@vigia/database";
import type { Envelope } from "@vigia/messages";
import type { z } from "zod";
import type { Logger } from "../service/logging.ts";

export interface ReceivedEvent<Data> {
  readonly envelope: Envelope;
  readonly subject: string;
  readonly data: Data;
  /** Commits together with the note that this event was handled: its effect happens once. */
  readonly tx: Transaction;
  readonly log: Logger;
}

export interface EventConsumer {
  readonly name: string;
  readonly filter: string;
  readonly schema: z.ZodType;
  readonly handle: (event: ReceivedEvent<never>) => Promise<void>;
}

/**
 * Handles every event of one kind, each once, those of one aggregate in their order. One that fails is tried again and
 * keeps those behind it of its own aggregate waiting, and nobody else. Several events may share a transaction: where one
 * of them fails, `handle` is called again for those before it. `name` is its place in the stream: it must stay.
 */
export function defineConsumer<Schema extends z.ZodType>(
  name: string,
  kind: { readonly filter: string; readonly schema: Schema },
  handle: (event: ReceivedEvent<z.infer<Schema>>) => Promise<void>,
): EventConsumer {
  return { name, filter: kind.filter, schema: kind.schema, handle: handle as EventConsumer["handle"] };
}
