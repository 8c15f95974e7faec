import type { Random } from "@vigia/testkit";
import { shuffle } from "./shuffle.ts";

export const STORES = ["nats", "redis", "postgres"] as const;
export type Store = (typeof STORES)[number];

/**
 * What can go wrong. A process that hangs blocks its event loop in the middle of a step, and goes on as if nothing was.
 * `holder` is the process that has a long run of the suite's own under way; there is one before long. */
export type FaultKind =
  | "kill"
  | "kill holder"
  | "stop"
  | "stop holder"
  | "hang holder"
  | "terminate"
  | `${Store} killed`
  | `${Store} stopped`
  | `${Store} restarted`
  | "redis emptied"
  | "connections cut"
  | "connections frozen"
  | "connections slow"
  | "clock set";

export interface PlannedFault {
  /** Since the beginning of the faults. */
  readonly atMs: number;
  readonly kind: FaultKind;
  /** The process that it befalls; empty where that is a store, or the holder. */
  readonly process: string;
  /** How long it lasts; a killed process is started again after it. */
  readonly forMs: number;
  /** By how much the clock is set, for that kind. */
  readonly clockMs: number;
}

/** Longer than every lease of the system: the lock's and the heartbeat's 10 s, the message's 4.5 s. */
const STOPPED_MS = [12_000, 16_000] as const;

/** How long each kind lasts, from and to, in milliseconds. */
const LASTS: Readonly<Record<FaultKind, readonly [number, number]>> = {
  kill: [200, 2_000],
  "kill holder": [200, 2_000],
  stop: STOPPED_MS,
  "stop holder": STOPPED_MS,
  // Beyond every lease, so long that another could do the work of some steps.
  "hang holder": [16_000, 26_000],
  terminate: [200, 2_000],
  "nats killed": [3_000, 8_000],
  "nats stopped": [3_000, 8_000],
  "nats restarted": [0, 0],
  "redis killed": [5_000, 10_000],
  "redis stopped": [5_000, 10_000],
  "redis restarted": [0, 0],
  "redis emptied": [0, 0],
  "postgres killed": [2_000, 6_000],
  "postgres stopped": [2_000, 8_000],
  "postgres restarted": [0, 0],
  "connections cut": [0, 0],
  "connections frozen": [2_000, 13_000],
  "connections slow": [4_000, 10_000],
  "clock set": [5_000, 15_000],
};

const KINDS = Object.keys(LASTS) as FaultKind[];
/** Those that need a process to be chosen. */
const BEFALLS_ONE: ReadonlySet<FaultKind> = new Set<FaultKind>([
  ...(["kill", "stop", "terminate", "clock set"] as const),
  ...(["connections cut", "connections frozen", "connections slow"] as const),
]);
const CLOCK_STEPS_MS = [-3_600_000, -60_000, -1_500, 1_500, 60_000, 3_600_000];
/** The next fault is due between these after the last one was: some overlap, and now and then all is calm. */
const APART_MS = [1_500, 7_500] as const;
/** Nothing begins in the last stretch, so that all has been healed when the time is over. */
const LAST_STRETCH_MS = 5_000;
const FIRST_AT_MS = 1_000;

/**
 * After all others, one after the other, while nothing else is at fault; each so long after the one before. A holder hangs
 * for longer than its lease, and for so long that another must have its work; what it does when it wakes must harm
 * neither the tables nor that other. Then a holder dies, and stays away so long that another must take its work up in the
 * promised time.
 */
export const CALM_FAULTS: readonly PlannedFault[] = [
  { atMs: 16_000, kind: "hang holder", process: "", forMs: 24_000, clockMs: 0 },
  { atMs: 5_000, kind: "kill holder", process: "", forMs: 18_000, clockMs: 0 },
];

/** Every kind once in an order of chance, then again in another, until the time is over; and so the processes. */
export function planFaults(random: Random, processes: readonly string[], durationMs: number): PlannedFault[] {
  const plan: PlannedFault[] = [];
  let victims: string[] = [];
  const lastAtMs = durationMs - LAST_STRETCH_MS;
  let atMs = FIRST_AT_MS;
  while (atMs < lastAtMs) {
    const gaps = KINDS.map(() => random.int(...APART_MS));
    // In a short run they come closer to each other, so that each of them comes.
    const whole = gaps.reduce((sum, gap) => sum + gap, 0);
    const scale = plan.length === 0 ? Math.min(1, (lastAtMs - FIRST_AT_MS) / whole) : 1;
    for (const [index, kind] of shuffle(random, KINDS).entries()) {
      if (atMs >= lastAtMs) break;
      if (victims.length === 0) victims = shuffle(random, processes);
      const process = (BEFALLS_ONE.has(kind) && victims.pop()) || "";
      const [low, high] = LASTS[kind];
      plan.push({ atMs, kind, process, forMs: random.int(low, high + 1), clockMs: random.pick(CLOCK_STEPS_MS) });
      atMs += Math.floor((gaps[index] ?? 0) * scale);
    }
  }
  return plan;
}
