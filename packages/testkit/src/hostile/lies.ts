import type { Random } from "../random.ts";

export interface RpcCall {
  readonly id: number;
  readonly method: string;
  readonly params: readonly unknown[];
}

/** Asks the honest node behind the proxy. */
export type AskHonest = (method: string, params: readonly unknown[]) => Promise<unknown>;

/** What a lie makes of an honest result; `undefined` where it has nothing to change there. */
type Lie = (result: unknown, call: RpcCall, random: Random, ask: AskHonest) => unknown;

interface Log {
  readonly [field: string]: unknown;
}

const OTHER_HASH = `0x${"0b".repeat(32)}`;
const NO_BLOOM = `0x${"0".repeat(512)}`;
const OTHER_ADDRESS = `0x${"0d".repeat(20)}`;

/** Changes a list of logs that is not empty. */
const ofLogs =
  (change: (logs: Log[], random: Random) => Log[]): Lie =>
  (result, { method }, random) =>
    method === "eth_getLogs" && Array.isArray(result) && result.length > 0 ? change([...result], random) : undefined;

const ofOneLog = (change: (log: Log) => Log): Lie =>
  ofLogs((logs, random) => {
    const place = random.int(0, logs.length);
    return logs.map((log, index) => (index === place ? change(log) : log));
  });

const headBehind: Lie = async (result, { method, params }, random, ask) => {
  const back = random.int(1, 12);
  if (method === "eth_blockNumber") return quantity(Math.max(0, Number(result) - back));
  if (method !== "eth_getBlockByNumber" || params[0] !== "latest") return undefined;
  const head = Number((result as { number: string }).number);
  return ask("eth_getBlockByNumber", [quantity(Math.max(0, head - back)), false]);
};

/** Every way in which a proxy lies in a result, by name. */
export const LIES = {
  empty: ofLogs(() => []),
  partial: ofLogs((logs, random) => logs.toSpliced(random.int(0, logs.length), 1)),
  foreign: ofOneLog((log) => ({ ...log, address: OTHER_ADDRESS })),
  "wrong block hash": ofOneLog((log) => ({ ...log, blockHash: OTHER_HASH })),
  "wrong topic": ofOneLog((log) => ({ ...log, topics: [OTHER_HASH] })),
  removed: ofOneLog((log) => ({ ...log, removed: true })),
  duplicated: ofLogs((logs, random) => {
    const place = random.int(0, logs.length);
    return logs.toSpliced(place, 0, logs[place] as Log);
  }),
  disorder: ofLogs((logs) => logs.toReversed()),
  "null block": (_result, { method, params }) =>
    method === "eth_getBlockByNumber" && params[0] !== "latest" ? null : undefined,
  // Alone, each of the two is found out by the other.
  "false header": (result, { method, params }) => {
    if (method === "eth_getLogs") return [];
    if (method !== "eth_getBlockByNumber" || params[0] === "latest" || !result) return undefined;
    return { ...(result as object), logsBloom: NO_BLOOM };
  },
  "stale head": headBehind,
  "head ahead": (result, { method }, random) =>
    method === "eth_blockNumber" ? quantity(Number(result) + random.int(1, 20)) : undefined,
  "all final": (_result, { method, params }, _random, ask) =>
    method === "eth_getBlockByNumber" && params[0] === "finalized" ? ask(method, ["latest", false]) : undefined,
  // Every word of the contract's answer is another.
  "other state": (result, { method }) =>
    method === "eth_call" && typeof result === "string" && result.length > 2
      ? `0x${result.slice(2).replace(/(.{63})(.)/g, (_word, rest: string, last: string) => rest + otherDigit(last))}`
      : undefined,
  "other chain": (_result, { method }) => (method === "eth_chainId" ? "0x5" : undefined),
  "no receipts": (_result, { method }) => (method === "eth_getBlockReceipts" ? null : undefined),
  "receipts without a log": (result, { method }) =>
    method === "eth_getBlockReceipts" && Array.isArray(result)
      ? result.map((receipt: Log) => ({ ...receipt, logs: (receipt.logs as Log[]).slice(0, -1) }))
      : undefined,
} as const satisfies Record<string, Lie>;

function otherDigit(digit: string): string {
  return (Number.parseInt(digit, 16) ^ 1).toString(16);
}

export type LieName = keyof typeof LIES;

function quantity(number: number): string {
  return `0x${number.toString(16)}`;
}
