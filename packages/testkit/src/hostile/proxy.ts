import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import type { Random } from "../random.ts";
import { LIES, type LieName, type RpcCall } from "./lies.ts";

export type FaultName = LieName | "delay" | "reset" | "busy" | "down" | "cut off" | "no JSON" | "no batches" | "limit";

/** What the proxy does wrong. Everything is off unless it is said here. */
export interface Hostility {
  /** How likely each single answer is a lie, and each exchange fails. */
  readonly faultRate: number;
  /** Which faults; all unless told. */
  readonly faults?: readonly FaultName[];
  /** The most blocks of one `eth_getLogs`, and the most logs of its answer. */
  readonly maxBlocks?: number;
  readonly maxLogs?: number;
}

export interface HostileProxy {
  readonly url: string;
  /** How often each fault was done. */
  readonly done: ReadonlyMap<FaultName, number>;
  become(hostility: Hostility): void;
  stop(): Promise<void>;
}

interface Reply {
  readonly id: number;
  readonly result?: unknown;
  readonly error?: { readonly code: number; readonly message: string };
}

const TRANSPORT_FAULTS = [
  "delay",
  "reset",
  "busy",
  "down",
  "cut off",
  "no JSON",
  "no batches",
] as const satisfies FaultName[];
const LIE_NAMES = Object.keys(LIES) as LieName[];
const LONGEST_DELAY_MS = 80;
const NO_BATCHES = JSON.stringify({ jsonrpc: "2.0", id: null, error: { code: -32600, message: "no batches" } });
const HONEST: Hostility = { faultRate: 0 };

/** Every fault that a proxy knows. */
export const FAULTS: readonly FaultName[] = [...LIE_NAMES, ...TRANSPORT_FAULTS];

/** An endpoint before a real one that lies, limits and fails, as its seed has it. Honest until told otherwise. */
export async function startHostileProxy(targetUrl: string, random: Random): Promise<HostileProxy> {
  const done = new Map<FaultName, number>();
  let hostility = HONEST;
  const note = (fault: FaultName): void => void done.set(fault, (done.get(fault) ?? 0) + 1);
  const allowed = (fault: FaultName): boolean => hostility.faults?.includes(fault) ?? true;

  async function answer(call: RpcCall): Promise<Reply> {
    const { id, method, params } = call;
    const limit = method === "eth_getLogs" ? limitOn(params[0] as LogFilter, hostility) : undefined;
    if (limit) note("limit");
    if (limit) return { id, error: limit };
    const honest = await askHonest(targetUrl, call);
    if (honest.error) return { id, error: honest.error };
    if (method === "eth_getLogs" && hostility.maxLogs !== undefined) {
      const tooMany = Array.isArray(honest.result) && honest.result.length > hostility.maxLogs;
      if (tooMany) note("limit");
      if (tooMany)
        return { id, error: { code: -32005, message: `query returned more than ${hostility.maxLogs} results` } };
    }
    if (!random.chance(hostility.faultRate)) return { id, result: honest.result };
    const ask = async (asked: string, given: readonly unknown[]) =>
      (await askHonest(targetUrl, { id: 0, method: asked, params: given })).result;
    for (const name of LIE_NAMES.filter(allowed).toSorted(() => random.next() - 0.5)) {
      const lie = await LIES[name](honest.result, call, random, ask);
      if (lie === undefined) continue;
      note(name);
      return { id, result: lie };
    }
    return { id, result: honest.result };
  }

  async function respond(body: string, response: ServerResponse): Promise<void> {
    const transport = TRANSPORT_FAULTS.filter(allowed);
    const fault = transport.length > 0 && random.chance(hostility.faultRate) ? random.pick(transport) : undefined;
    if (fault) note(fault);
    if (fault === "delay") await sleep(random.int(1, LONGEST_DELAY_MS));
    if (fault === "reset") return void response.destroy();
    if (fault === "busy") return void response.writeHead(429, { "retry-after": "0" }).end("{}");
    if (fault === "down") return void response.writeHead(503).end("down");
    if (fault === "no JSON") return void response.end("<html>");
    const asked: RpcCall | RpcCall[] = JSON.parse(body);
    if (fault === "no batches" && Array.isArray(asked)) return void response.end(NO_BATCHES);
    const replies: Reply[] = [];
    // One after the other, so that the same seed meets the same questions.
    for (const call of [asked].flat()) replies.push(await answer(call));
    const sent = JSON.stringify(Array.isArray(asked) ? replies : replies[0]);
    response.end(fault === "cut off" ? sent.slice(0, sent.length / 2) : sent);
  }

  const server = createServer((request, response) => {
    void text(request)
      .then((body) => respond(body, response))
      .catch(() => response.destroy());
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    done,
    become(next) {
      hostility = next;
    },
    stop: async () => {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
}

interface LogFilter {
  readonly fromBlock: string;
  readonly toBlock: string;
}

function limitOn({ fromBlock, toBlock }: LogFilter, { maxBlocks }: Hostility): Reply["error"] {
  if (maxBlocks === undefined || Number(toBlock) - Number(fromBlock) < maxBlocks) return undefined;
  return { code: -32602, message: `eth_getLogs is limited to a ${maxBlocks} blocks range` };
}

async function askHonest(url: string, { method, params }: RpcCall): Promise<Reply> {
  const body = JSON.stringify({ jsonrpc: "2.0", id: 0, method, params });
  const response = await fetch(url, { method: "POST", headers: { "content-type": "application/json" }, body });
  return (await response.json()) as Reply;
}
