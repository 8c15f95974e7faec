import { createHash } from "node:crypto";
import type { StateQuestion } from "../rpc/question.ts";

export interface ContractCode {
  /** `null`: there is no contract. */
  readonly digest: string | null;
  /** The address of the contract to which a proxy hands calls on (EIP-1967); zero where there is none. */
  readonly implementation: string;
}

/** `keccak256("eip1967.proxy.implementation") - 1` */
const IMPLEMENTATION_SLOT = "0x360894a13ba1a3210667c828492db98dca3e2076cc3735a920a3ca505d382bbc";

/** What to ask for the code at an address, its own and the one behind it. */
export function askCode(address: string): readonly [StateQuestion, StateQuestion] {
  return [{ codeOf: address }, { storageOf: address, slot: IMPLEMENTATION_SLOT }];
}

/** The meaning of the answers to `askCode`. */
export function readCode([code, implementation]: readonly (string | undefined)[]): ContractCode {
  if (code === undefined || implementation === undefined) throw new Error("a contract's code was not told");
  return {
    digest: code === "0x" ? null : createHash("sha256").update(code).digest("hex"),
    implementation: `0x${implementation.slice(2).padStart(40, "0").slice(-40)}`,
  };
}
