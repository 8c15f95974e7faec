/** A part of a service that runs until it is stopped. */
export interface Component {
  readonly name: string;
  /**
   * What only a restart can mend, in words; `undefined` where all is well. A wait that began before `answeringSinceMs`, by
   * `performance.now()`, may have been for Postgres or NATS: it counts from there.
   */
  readonly problem?: (answeringSinceMs: number) => string | undefined;
  /** What keeps it from working and may pass by itself, in words. */
  readonly waiting?: () => string | undefined;
  /** Ends what is under way and frees what is held. Safe to call twice. */
  stop(): Promise<void>;
}
