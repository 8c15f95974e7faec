import { Interface, type Result } from "ethers";
import type { StateQuestion } from "../rpc/question.ts";
import { askHolding } from "./holding.ts";
import type { BalanceSource, ContractStatus, Meaning, ProfileDocument, StateDocument } from "./schema.ts";
import { needsCreation } from "./state-mistakes.ts";
import { compileValue, OWN_ADDRESS, type ToldLog } from "./value.ts";

export interface ContractEscrow {
  /** `as_told`: the contract does not tell; what the events say stands. */
  readonly status: ContractStatus;
  /** In the token's smallest unit; `undefined` where the profile does not say how it is read. */
  readonly balance: string | undefined;
}

export interface EscrowRef {
  readonly escrowId: string;
  /** The log that created it; where the reading does not need it, the contract's address is enough. */
  readonly creation: ToldLog;
}

/** How an escrow's true state is read. */
export interface StateReading {
  /** Whether questions need the log that created the escrow. */
  readonly needsCreation: boolean;
  /** What to ask the chain, all at one block. */
  ask(escrow: EscrowRef): StateQuestion[];
  /** The meaning of the answers, in the order of the questions. Throws where one has none. */
  read(answers: readonly (string | undefined)[]): ContractEscrow;
}

type Ask = (escrow: EscrowRef) => StateQuestion;

export function compileState(document: ProfileDocument, state: StateDocument): StateReading {
  const contract = state.of === undefined ? document : document.contracts[state.of];
  const abi = new Interface(contract?.abi ?? []);
  const placeOf = compilePlace(document, state);
  const main = state.call === undefined ? undefined : compileCall(abi, state.call, state.arguments, placeOf);
  const balance = compileBalance(state.balance, abi, placeOf);
  const asks: Ask[] = [...(main ? [main] : []), ...(balance.ask ? [balance.ask] : [])];
  const meaningOf = compileMeaning(state);
  return {
    needsCreation: needsCreation(document, state),
    ask: (escrow) => asks.map((ask) => ask(escrow)),
    read(answers) {
      if (answers.length !== asks.length || answers.includes(undefined)) {
        throw new Error("the contract refuses to tell the escrow's state");
      }
      const outputs = main && abi.decodeFunctionResult(state.call ?? "", answers[0] ?? "0x");
      const held = balance.read(outputs, answers.at(-1) ?? "0x");
      const meaning = meaningOf(outputs);
      const status = typeof meaning === "string" ? meaning : meaning[BigInt(held ?? 0) === 0n ? "empty" : "holding"];
      return { status, balance: held };
    },
  };
}

/** Where the contract is that tells the state. */
function compilePlace(document: ProfileDocument, { of, at }: StateDocument): (escrow: EscrowRef) => string {
  const address = of === undefined ? undefined : document.contracts[of]?.address?.toLowerCase();
  if (address !== undefined) return () => address;
  const value = compileValue(at ?? OWN_ADDRESS);
  return ({ creation }) => String(value(creation));
}

function compileCall(
  abi: Interface,
  call: string,
  given: readonly string[] | undefined,
  placeOf: (escrow: EscrowRef) => string,
): Ask {
  const values = given?.map(compileValue);
  return (escrow) => {
    const args = values ? values.map((value) => value(escrow.creation)) : escrow.escrowId.split(":");
    return { to: placeOf(escrow), data: abi.encodeFunctionData(call, args) };
  };
}

interface BalanceReading {
  readonly ask?: Ask;
  /** From the outputs of the call that gives the state, or from the answer of its own. */
  readonly read: (outputs: Result | undefined, answer: string) => string | undefined;
}

function compileBalance(
  source: BalanceSource | undefined,
  abi: Interface,
  placeOf: (escrow: EscrowRef) => string,
): BalanceReading {
  if (source === undefined) return { read: () => undefined };
  if (typeof source === "string") return { read: (outputs) => String(outputs?.getValue(source)) };
  const amount = (_outputs: Result | undefined, answer: string) => BigInt(answer).toString();
  if ("native" in source) {
    const address = compileValue(source.native);
    return { ask: ({ creation }) => ({ balanceOf: String(address(creation)) }), read: amount };
  }
  if ("token" in source) {
    const [token, owner] = [compileValue(source.token), compileValue(source.of)];
    return { ask: ({ creation }) => askHolding(String(token(creation)), String(owner(creation))), read: amount };
  }
  const { call, arguments: given, output } = source;
  return {
    ask: compileCall(abi, call, given, placeOf),
    read: (_outputs, answer) => {
      const outputs = abi.decodeFunctionResult(call, answer);
      return String(output === undefined ? outputs[0] : outputs.getValue(output));
    },
  };
}

function compileMeaning({ status, names, means }: StateDocument): (outputs: Result | undefined) => Meaning {
  if (status === undefined || names === undefined) return () => means ?? "as_told";
  const meanings = Array.isArray(names)
    ? new Map(names.map((entry, number) => [String(number), Object.values(entry)[0]]))
    : new Map(Object.entries(names));
  return (outputs) => {
    const told = String(outputs?.getValue(status)).toLowerCase();
    const meaning = meanings.get(told);
    if (meaning === undefined) throw new Error(`the contract is in state ${told}, which the profile does not name`);
    return meaning;
  };
}
