import type { z } from "zod";
import { type Envelope, newMessageId } from "../envelope.ts";

/** One kind of event: where it is published, what it carries, and what it is about. */
export interface EventDefinition<Schema extends z.ZodType> {
  /** The CloudEvents type. */
  readonly type: string;
  /** The subjects that hold every event of this kind; subscribers start from here. */
  readonly filter: string;
  readonly schema: Schema;
  readonly subject: (data: z.infer<Schema>) => string;
  /** Events of one aggregate keep their order. */
  readonly aggregate: (data: z.infer<Schema>) => string;
  readonly description: string;
}

/** An event on its way out; the unit of work gives it its time and its source. */
export interface OutgoingEvent {
  readonly id: string;
  readonly type: string;
  readonly subject: string;
  readonly aggregate: string;
  readonly data: Record<string, unknown>;
}

export interface EventKind<Schema extends z.ZodType> extends EventDefinition<Schema> {
  /** Makes an event; throws where the data does not fit the schema. `id` where it must be the same at every try. */
  (data: z.infer<Schema>, id?: string): OutgoingEvent;
}

export interface ReceivedEvent {
  readonly envelope: Envelope;
  readonly subject: string;
  readonly data: unknown;
}

export function defineEvent<Schema extends z.ZodType<Record<string, unknown>>>(
  definition: EventDefinition<Schema>,
): EventKind<Schema> {
  const make = (data: z.infer<Schema>, id: string = newMessageId()): OutgoingEvent => ({
    id,
    type: definition.type,
    subject: definition.subject(data),
    aggregate: definition.aggregate(data),
    data: definition.schema.parse(data),
  });
  return Object.assign(make, definition);
}
