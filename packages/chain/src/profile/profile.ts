import type { ChainLog } from "@vigia/database";
import { type Arguments, compileDecoder, type EncodedLog, type EventDecoder } from "./decoder.ts";
import {
  abiMistakes,
  type ContractDocument,
  contractsOf,
  type EventRef,
  eventName,
  eventsOf,
  findEvent,
  isJoin,
  OWN_CONTRACT,
} from "./document.ts";
import { compileLinks, joinText, type Link } from "./link.ts";
import { findMistakes } from "./mistakes.ts";
import { compileRule, type Rule } from "./rule.ts";
import { type EscrowName, type ProfileDocument, profileSchema } from "./schema.ts";
import { issueText } from "./schema-issue.ts";
import { compileState, type StateReading } from "./state.ts";
import { compileKey, type ToldLog } from "./value.ts";

/** A log as the chain holds it. All hex is lower case. */
export interface EmittedLog extends EncodedLog {
  readonly address: string;
}

export interface DecodedLog extends ToldLog {
  /** The name in the profile; the first topic, or `0x`, where the profile cannot read the log. */
  readonly event: string;
  /** `null` where the log speaks of no escrow, or where another event says of which. */
  readonly escrowId: string | null;
  /** The key by which another event says of which escrow this one speaks. */
  readonly linkKey: string | null;
}

/** What contracts mean: what their logs say of escrows, and how an escrow's true state is read. */
export interface Profile {
  readonly name: string;
  readonly rules: ReadonlyMap<string, Rule>;
  /** The first topics of the events that the profile reads. */
  readonly topics: readonly string[];
  /** The kinds of the further contracts whose addresses are known, by address. */
  readonly places: ReadonlyMap<string, string>;
  /** Whether events announce further contracts. */
  readonly announces: boolean;
  /** The events that may create an escrow. */
  readonly creating: readonly string[];
  /** Reads a log of a contract of this kind: `OWN_CONTRACT`, or the name of a further one. */
  decode(log: EmittedLog, kind: string): DecodedLog;
  /** Whether the profile says what the escrows hold: without, their rows say nothing of it. */
  readonly tellsBalances: boolean;
  /** What the log says that other logs depend on; `undefined` where no event of the profile does. */
  readonly linksOf: ((log: ChainLog) => Link[]) | undefined;
  /** `undefined` where the state cannot be read: the contract is followed by its events alone then. */
  readonly state: StateReading | undefined;
}

export type ProfileOutcome =
  | { readonly ok: true; readonly profile: Profile }
  | { readonly ok: false; readonly mistakes: readonly string[] };

/**
 * Compiles a profile from its parsed YAML, or says everything that is wrong with it. `places` are the addresses of its
 * further contracts, where the document itself does not say where they are.
 */
export function compileProfile(document: unknown, places: Readonly<Record<string, string>> = {}): ProfileOutcome {
  const parsed = profileSchema.safeParse(document);
  if (!parsed.success) return { ok: false, mistakes: parsed.error.issues.map(issueText) };
  const { abi, contracts: further } = parsed.data;
  const strangers = Object.keys(places).filter((kind) => !further[kind]);
  if (strangers.length) {
    return { ok: false, mistakes: strangers.map((kind) => `contracts: there is no "${kind}" among them`) };
  }
  for (const [kind, address] of Object.entries(places)) Object.assign(further[kind] ?? {}, { address });
  const unreadable = [
    ...abiMistakes(abi, ""),
    ...Object.entries(further).flatMap(([kind, each]) => abiMistakes(each.abi, `contracts.${kind}.`)),
  ];
  if (unreadable.length) return { ok: false, mistakes: unreadable };
  const contracts = contractsOf(parsed.data);
  const mistakes = findMistakes(parsed.data, contracts);
  return mistakes.length ? { ok: false, mistakes } : { ok: true, profile: build(parsed.data, contracts) };
}

function build(document: ProfileDocument, contracts: readonly ContractDocument[]): Profile {
  const events = eventsOf(contracts);
  const readers = new Map(contracts.map((contract) => [contract.kind, readersOf(contract)]));
  const rules = new Map([...events].map(([name, { rule }]) => [name, compileRule(rule)]));
  return {
    name: document.name,
    rules,
    topics: [...new Set([...readers.values()].flatMap((each) => [...each.keys()]))],
    places: new Map(
      Object.entries(document.contracts).flatMap(([kind, { address }]) =>
        address === undefined ? [] : [[address.toLowerCase(), kind] as const],
      ),
    ),
    announces: [...events.values()].some(({ rule }: EventRef) => rule.announces !== undefined),
    tellsBalances:
      document.state?.balance !== undefined ||
      [...events.values()].some(({ rule }: EventRef) => rule.balance !== undefined),
    creating: [...rules].filter(([, rule]) => rule.creates).map(([name]) => name),
    decode(log, kind) {
      const topic = log.topics[0] ?? "0x";
      const reader = readers.get(kind)?.get(topic);
      return reader ? readWith(reader, log) : unread(topic, log);
    },
    linksOf: compileLinks(events),
    state: document.state && compileState(document, document.state),
  };
}

interface Reader {
  readonly event: string;
  readonly decode: EventDecoder;
  readonly escrowId: ((log: ToldLog) => string) | undefined;
  readonly linkKey: ((log: ToldLog) => string) | undefined;
}

/** Every event of the ABI is read, also one that the profile has no rule for: it means nothing, and is on record. */
function readersOf({ kind, abi, events }: ContractDocument): Map<string, Reader> {
  const readers = new Map<string, Reader>();
  abi.forEachEvent((event) => {
    if (!event.anonymous)
      readers.set(event.topicHash, { ...readerOf(kind, event.name, undefined), decode: compileDecoder(event) });
  });
  for (const [name, { escrow }] of Object.entries(events)) {
    const event = findEvent(abi, name);
    if (event) readers.set(event.topicHash, { ...readerOf(kind, name, escrow), decode: compileDecoder(event) });
  }
  return readers;
}

function readerOf(kind: string, name: string, escrow: EscrowName | undefined): Omit<Reader, "decode"> {
  return {
    event: eventName(kind, name),
    escrowId: escrow === undefined || isJoin(escrow) ? undefined : compileKey(escrow),
    linkKey: isJoin(escrow) ? joinText(escrow) : undefined,
  };
}

function readWith({ event, decode, escrowId, linkKey }: Reader, log: EmittedLog): DecodedLog {
  let values: Arguments;
  try {
    values = decode(log);
  } catch {
    return unread(log.topics[0] ?? "0x", log);
  }
  const { address } = log;
  const told = { address, arguments: values };
  // Field by field: copying an object of so many is ten times as slow.
  return {
    address,
    event,
    escrowId: escrowId ? escrowId(told) : null,
    linkKey: linkKey ? linkKey(told) : null,
    arguments: values,
  };
}

/** A log that the profile cannot read is still on record, as it came. */
function unread(topic: string, { address, topics, data }: EmittedLog): DecodedLog {
  return { address, event: topic, escrowId: null, linkKey: null, arguments: { topics, data } };
}

export { OWN_CONTRACT };
