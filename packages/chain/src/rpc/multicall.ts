import { Interface } from "ethers";
import { HEX } from "./block.ts";
import type { StateQuestion } from "./question.ts";

/** Where Multicall3 is on nearly every chain: it puts many questions in one call, all at one block. */
export const MULTICALL = "0xca11bde05977b3631167028862be2a173976ca11";
/** Questions in one call: nodes end one that takes too much gas. */
export const GATHERED_CALLS = 200;

const contract = new Interface([
  "function aggregate3((address target, bool allowFailure, bytes callData)[] calls) returns ((bool success, bytes returnData)[])",
  "function getEthBalance(address holder) view returns (uint256)",
]);

/** The call that puts these questions, none of which may be about code or storage. */
export function gather(questions: readonly StateQuestion[]): string {
  return contract.encodeFunctionData("aggregate3", [questions.map((question) => [...callOf(question)])]);
}

/**
 * Each question's answer, `undefined` where it failed. `undefined` for all where this is no answer to so many: there is no
 * such contract.
 */
export function ungather(answer: unknown, count: number): (string | undefined)[] | undefined {
  if (typeof answer !== "string" || !HEX.test(answer)) return undefined;
  try {
    const [results] = contract.decodeFunctionResult("aggregate3", answer).toArray(true) as [[boolean, string][]];
    if (results.length !== count) return undefined;
    return results.map(([isDone, data]) => (isDone ? data.toLowerCase() : undefined));
  } catch {
    return undefined;
  }
}

function callOf(question: StateQuestion): readonly [string, boolean, string] {
  if ("to" in question) return [question.to, true, question.data];
  if ("balanceOf" in question) {
    return [MULTICALL, true, contract.encodeFunctionData("getEthBalance", [question.balanceOf])];
  }
  throw new Error("a contract cannot be asked for code or storage");
}
