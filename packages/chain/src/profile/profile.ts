import { Fragment, Interface } from "ethers";
import { type Arguments, compileDecoder, type EncodedLog, type EventDecoder } from "./decoder.ts";
import { findEvent, findMistakes } from "./mistakes.ts";
import { type ContractState, type EventRule, type ProfileDocument, profileSchema } from "./schema.ts";

export interface DecodedLog {
  /** The name in the profile; the first topic, or `0x`, where the profile cannot read the log. */
  readonly event: string;
  readonly escrowId: string | null;
  readonly arguments: Arguments;
}

export interface ContractEscrow {
  readonly status: ContractState;
  /** In the token's smallest unit. */
  readonly balance: string;
}

/** A contract's meaning: what its logs say of its escrows, and how an escrow's true state is read. */
export interface Profile {
  readonly name: string;
  readonly rules: ReadonlyMap<string, EventRule>;
  /** The first topics of the events that the profile reads. */
  readonly topics: readonly string[];
  decode(log: EncodedLog): DecodedLog;
  /** The call data that ask the contract for an escrow, and the reading of what it returns. */
  askState(escrowId: string): string;
  readState(result: string): ContractEscrow;
}

export type ProfileOutcome =
  | { readonly ok: true; readonly profile: Profile }
  | { readonly ok: false; readonly mistakes: readonly string[] };

/** Compiles a profile from its parsed YAML, or says everything that is wrong with it. */
export function compileProfile(document: unknown): ProfileOutcome {
  const parsed = profileSchema.safeParse(document);
  if (!parsed.success) {
    return { ok: false, mistakes: parsed.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`) };
  }
  const unreadable = parsed.data.abi.flatMap((fragment, index) => abiMistake(fragment, index) ?? []);
  if (unreadable.length) return { ok: false, mistakes: unreadable };
  const abi = new Interface(parsed.data.abi);
  const mistakes = findMistakes(parsed.data, abi);
  return mistakes.length ? { ok: false, mistakes } : { ok: true, profile: build(parsed.data, abi) };
}

function abiMistake(fragment: string, index: number): string | undefined {
  try {
    // The interface itself only logs what it cannot read.
    Fragment.from(fragment);
    return undefined;
  } catch (error) {
    return `abi.${index}: ${error instanceof Error ? error.message : String(error)}`;
  }
}

function build(document: ProfileDocument, abi: Interface): Profile {
  const rules = new Map(Object.entries(document.events));
  const readers = new Map<string, { event: string; escrow: string; decode: EventDecoder }>();
  for (const [name, rule] of rules) {
    const event = findEvent(abi, name);
    if (event) readers.set(event.topicHash, { event: name, escrow: rule.escrow, decode: compileDecoder(event) });
  }
  return {
    name: document.name,
    rules,
    topics: [...readers.keys()],
    decode(log) {
      const topic = log.topics[0] ?? "0x";
      const reader = readers.get(topic);
      if (!reader) return unread(topic, log);
      try {
        const values = reader.decode(log);
        return { event: reader.event, escrowId: String(values[reader.escrow]), arguments: values };
      } catch {
        return unread(topic, log);
      }
    },
    ...stateCall(document.state, abi),
  };
}

/** A log that the profile cannot read is still on record, as it came. */
function unread(topic: string, { topics, data }: EncodedLog): DecodedLog {
  return { event: topic, escrowId: null, arguments: { topics, data } };
}

function stateCall(state: ProfileDocument["state"], abi: Interface): Pick<Profile, "askState" | "readState"> {
  const states = state.names.flatMap((entry) => Object.values(entry));
  return {
    askState: (escrowId) => abi.encodeFunctionData(state.call, [escrowId]),
    readState(result) {
      const outputs = abi.decodeFunctionResult(state.call, result);
      const number = Number(outputs.getValue(state.status));
      const status = states[number];
      if (!status) throw new Error(`the contract is in state ${number}, which the profile does not name`);
      return { status, balance: String(outputs.getValue(state.balance)) };
    },
  };
}
