/** A part of a service that runs until it is stopped. */
export interface Component {
  readonly name: string;
  /** Unhealthy, in words; `undefined` where all is well. */
  readonly problem?: () => string | undefined;
  /** Ends what is under way and frees what is held. Safe to call twice. */
  stop(): Promise<void>;
}
