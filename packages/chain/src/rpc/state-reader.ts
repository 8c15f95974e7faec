import { readBytes, toQuantity } from "./block.ts";
import type { RpcClient, RpcRequest } from "./client.ts";
import { RpcError } from "./error.ts";
import { GATHERED_CALLS, gather, MULTICALL, ungather } from "./multicall.ts";
import type { StateQuestion } from "./question.ts";

/** A block by number and hash: what is read there is of one state of the chain. */
export interface PinnedBlock {
  readonly number: number;
  readonly hash: string;
}

/** The answers to these questions, all at one block; `undefined` where the contract refuses one. */
export type ReadState = (
  questions: readonly StateQuestion[],
  at: PinnedBlock,
  signal?: AbortSignal,
) => Promise<(string | undefined)[]>;

/** So few are asked for one by one. */
const FEWEST_GATHERED = 10;

/** @param hashOf The hash of the block of that number, as the node has it now. */
export function createStateReader(
  client: RpcClient,
  hashOf: (number: number, signal?: AbortSignal) => Promise<string | undefined>,
): ReadState {
  let pinsByHash = true;
  let hasMulticall = true;

  /** As many as one contract's answer tells, by their places among the questions. */
  async function gathered(questions: readonly StateQuestion[], block: unknown, signal: AbortSignal | undefined) {
    const told = new Map<number, string>();
    const places = questions.flatMap((question, place) => ("to" in question || "balanceOf" in question ? place : []));
    if (!hasMulticall || places.length < FEWEST_GATHERED) return told;
    const parts = Array.from({ length: Math.ceil(places.length / GATHERED_CALLS) }, (_, part) =>
      places.slice(part * GATHERED_CALLS, (part + 1) * GATHERED_CALLS),
    );
    const requests = parts.map((part) => {
      const data = gather(part.flatMap((place) => questions[place] ?? []));
      return stateRequest({ to: MULTICALL, data }, block);
    });
    const answers = await client.askEach(requests, signal).catch((error: unknown) => {
      // All of it is too much for one answer.
      if (error instanceof RpcError && error.problem === "range") return [];
      throw error;
    });
    answers.forEach((answer, part) => {
      const asked = parts[part] ?? [];
      // Too much at once, for one: each question is put by itself then.
      if (answer instanceof RpcError) return;
      const results = ungather(answer, asked.length);
      // There is no such contract on this chain.
      if (!results) hasMulticall = false;
      results?.forEach((result, index) => {
        const place = asked[index];
        if (place !== undefined && result !== undefined) told.set(place, result);
      });
    });
    return told;
  }

  async function askAt(questions: readonly StateQuestion[], block: unknown, signal: AbortSignal | undefined) {
    const told = await gathered(questions, block, signal);
    // One that failed among others may have had no gas left by them: it is asked again, alone.
    const rest = questions.flatMap((_, place) => (told.has(place) ? [] : place));
    const answers = await client.askEach(
      rest.flatMap((place) => (questions[place] ? stateRequest(questions[place], block) : [])),
      signal,
    );
    const found: (string | undefined)[] = questions.map((_, place) => told.get(place));
    answers.forEach((answer, index) => {
      if (answer instanceof RpcError && !isRevert(answer)) throw answer;
      const place = rest[index];
      if (place === undefined || answer instanceof RpcError) return;
      found[place] = readBytes(answer, "the contract's state");
    });
    return found;
  }

  return async (questions, at, signal) => {
    if (pinsByHash) {
      try {
        return await askAt(questions, { blockHash: at.hash }, signal);
      } catch (error) {
        if (!(error instanceof RpcError) || error.problem !== "refused") throw error;
      }
    }
    const results = await askAt(questions, toQuantity(at.number), signal);
    if ((await hashOf(at.number, signal)) !== at.hash) {
      throw new RpcError("behind", `block ${at.number} was replaced while it was read`);
    }
    // The node can do it by number alone (EIP-1898 is younger than some nodes).
    pinsByHash = false;
    return results;
  };
}

function stateRequest(question: StateQuestion, block: unknown): RpcRequest {
  if ("balanceOf" in question) return request("eth_getBalance", question.balanceOf, block);
  if ("codeOf" in question) return request("eth_getCode", question.codeOf, block);
  if ("storageOf" in question) return request("eth_getStorageAt", question.storageOf, question.slot, block);
  return request("eth_call", { to: question.to, data: question.data }, block);
}

const REVERT_CODE = 3;

/** The node can do it, and the contract will not. */
function isRevert({ cause, message }: RpcError): boolean {
  const code = (cause as { code?: unknown } | undefined)?.code;
  return code === REVERT_CODE || /\brevert(ed)?\b/i.test(message);
}

function request(method: string, ...params: unknown[]): RpcRequest {
  return { method, params };
}
