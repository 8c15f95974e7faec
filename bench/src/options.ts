import { parseArgs } from "node:util";
import { PEER_NAMES } from "./peers.ts";

export interface Options {
  readonly benchmark: string;
  /** Absent: all peers. `none`: the limits alone, for which nothing is installed. */
  readonly peer: string | undefined;
  readonly json: boolean;
  /** How long one round of one case takes; each benchmark has its own default. */
  readonly seconds: number | undefined;
  readonly messages: number;
  readonly waiting: number;
  readonly kills: number;
  /** How many the marketplace has; each benchmark has its own default. */
  readonly orders: number | undefined;
  /** How many the chain has. */
  readonly events: number;
}

export const USAGE = `npm run bench -- <locks|steps|ticks|messages|outbox|recovery|idle|sync|cleanup|consistency> [options]

  --peer NAME   compare with this peer alone; none: with the limits alone, and install nothing
  --seconds N   how long each case of locks takes in a round (2), each round of steps (3), each contender
                of ticks (20; 600 for the figures that count), and each service's idleness (30)
  --messages N  how many are sent in each case of a round of messages (5000)
  --waiting N   how many events wait in the outbox that outbox drains (200000)
  --kills N     how many processes are killed for each case of recovery (5; 50 for the figures that count)
  --orders N    how many cleanup and consistency work among (100000)
  --events N    how many escrow events the chain of sync has (100000)
  --json        one JSON document on standard output: npm --silent run bench -- locks --json
`;

/** Reads the command line. Throws where it holds something else than the options above. */
export function readOptions(args: readonly string[], benchmarks: readonly string[]): Options {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      peer: { type: "string" },
      json: { type: "boolean", default: false },
      seconds: { type: "string" },
      messages: { type: "string", default: "5000" },
      waiting: { type: "string", default: "200000" },
      kills: { type: "string", default: "5" },
      orders: { type: "string" },
      events: { type: "string", default: "100000" },
    },
  });
  const [benchmark] = positionals;
  if (benchmark === undefined || positionals.length > 1 || !benchmarks.includes(benchmark)) {
    throw new Error(`one of ${benchmarks.join(", ")} is needed`);
  }
  if (values.peer !== undefined && ![...PEER_NAMES, "none"].includes(values.peer)) {
    throw new Error(`--peer must be one of ${PEER_NAMES.join(", ")}, or none, not ${values.peer}`);
  }
  return {
    benchmark,
    peer: values.peer,
    json: values.json,
    seconds: values.seconds === undefined ? undefined : positive("--seconds", values.seconds),
    messages: positive("--messages", values.messages),
    waiting: positive("--waiting", values.waiting),
    kills: positive("--kills", values.kills),
    orders: values.orders === undefined ? undefined : positive("--orders", values.orders),
    events: positive("--events", values.events),
  };
}

function positive(name: string, text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1) throw new Error(`${name} must be a whole number from 1, not ${text}`);
  return value;
}
