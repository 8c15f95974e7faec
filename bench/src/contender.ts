import type { Options } from "./options.ts";
import type { Peers } from "./peers.ts";
import type { Servers } from "./servers.ts";

/** `limit` is the least that any program must do for the same thing; a peer is another program that does it. */
export type Role = "ours" | "peer" | "limit";

/** What was measured, by case, in the benchmark's unit. Whether more or less of it is better, the unit says. */
export type Samples = Readonly<Record<string, readonly number[]>>;

export interface Contender {
  readonly name: string;
  readonly role: Role;
  /** One round. Nothing of it goes on when it has resolved. */
  measure(): Promise<Samples>;
}

/** What a benchmark is made with. */
export interface Scene {
  readonly servers: Servers;
  readonly options: Options;
  readonly peers: Peers;
  /** What a person who waits should see. */
  report(line: string): void;
  /** Called at the end, the last one first. */
  onClose(close: () => Promise<unknown> | unknown): void;
}

export interface Benchmark {
  readonly unit: string;
  /** `rounds`: a case has one sample a round. `events`: one for each thing that happened, of which the late ones count too. */
  readonly samples: "rounds" | "events";
  readonly rounds: number;
  prepare(scene: Scene): Promise<Contender[]>;
}
