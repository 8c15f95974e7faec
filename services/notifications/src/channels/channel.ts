import type { Delivery, Turn } from "@vigia/database";

/** Where, as what, and until when. */
export interface Parcel {
  /** The same at every try, and the deliveries with it. */
  readonly id: string;
  readonly to: Pick<Turn, "address" | "userId">;
  /** More than one where the channel gathers what came in a flood. */
  readonly deliveries: readonly [Delivery, ...Delivery[]];
  /** Ends the attempt; what became of it is then unknown, and it is tried again under the same id. */
  readonly signal: AbortSignal;
}

/** A way to people beside the inbox. */
export interface OutsideChannel {
  /** How many notices may wait before they are told as one; `undefined`: each is told by itself, always. */
  readonly gathersAbove?: number;
  /** Resolves when the receiver has it. Throws `RefusedError` where no further try can help, else anything. */
  send(parcel: Parcel): Promise<void>;
  close(): void;
}

/** The receiver will never take it. */
export class RefusedError extends Error {
  override readonly name = "RefusedError";
}
