import { Interface } from "ethers";
import { ZERO_ADDRESS } from "../rpc/address.ts";
import type { StateQuestion } from "../rpc/question.ts";

const TOKEN = new Interface(["function balanceOf(address) view returns (uint256)"]);

/** What an address holds of a token; the zero address stands for the chain's own coin. */
export function askHolding(token: string, holder: string): StateQuestion {
  if (token === ZERO_ADDRESS) return { balanceOf: holder };
  return { to: token, data: TOKEN.encodeFunctionData("balanceOf", [holder]) };
}

const WORD_DIGITS = 64;

/** In the token's smallest unit; `undefined` where what answered is no token. */
export function readHolding(answer: string | undefined): bigint | undefined {
  const digits = answer?.slice(2) ?? "";
  return digits === "" || digits.length > WORD_DIGITS ? undefined : BigInt(`0x${digits}`);
}
