import { type EventFragment, Fragment, Interface } from "ethers";
import type { EscrowName, EventDocument, ProfileDocument } from "./schema.ts";

/** The profile's own contract, among those that it speaks of. */
export const OWN_CONTRACT = "";

/** A profile's events with the ABI of the contract that they are of. */
export interface ContractDocument {
  /** Its name in the profile; `OWN_CONTRACT` for the profile's own. */
  readonly kind: string;
  /** Where it stands in the document, for mistakes: empty, or with a dot at its end. */
  readonly at: string;
  readonly abi: Interface;
  readonly events: Readonly<Record<string, EventDocument>>;
}

export function contractsOf(document: ProfileDocument): ContractDocument[] {
  const own = { kind: OWN_CONTRACT, at: "", abi: new Interface(document.abi), events: document.events };
  const further = Object.entries(document.contracts).map(([kind, { abi, events }]) => {
    return { kind, at: `contracts.${kind}.`, abi: new Interface(abi), events };
  });
  return [own, ...further];
}

/** The event's name on record: those of further contracts have the contract's name before theirs. */
export function eventName(kind: string, name: string): string {
  return kind === OWN_CONTRACT ? name : `${kind}.${name}`;
}

/** An event that the profile has a rule for, and what it says of it. */
export interface EventRef {
  readonly contract: ContractDocument;
  readonly name: string;
  readonly rule: EventDocument;
  readonly fragment: EventFragment | null;
}

export function eventsOf(contracts: readonly ContractDocument[]): Map<string, EventRef> {
  return new Map(
    contracts.flatMap((contract) =>
      Object.entries(contract.events).map(([name, rule]) => {
        const ref: EventRef = { contract, name, rule, fragment: findEvent(contract.abi, name) };
        return [eventName(contract.kind, name), ref] as const;
      }),
    ),
  );
}

/** An escrow's name that is taken from another event. */
export type Join = Extract<EscrowName, { of: string }>;

export function isJoin(name: EscrowName | undefined): name is Join {
  return typeof name === "object" && !Array.isArray(name);
}

export function findEvent(abi: Interface, name: string): EventFragment | null {
  return find(() => abi.getEvent(name));
}

/** ethers throws where a name is ambiguous, or where the ABI has none. */
export function find<T>(search: () => T | null): T | null {
  try {
    return search();
  } catch {
    return null;
  }
}

/** What cannot be read of an ABI. */
export function abiMistakes(fragments: readonly string[], at: string): string[] {
  return fragments.flatMap((fragment, index) => {
    try {
      // The interface itself only logs what it cannot read.
      Fragment.from(fragment);
      return [];
    } catch (error) {
      return [`${at}abi.${index}: ${error instanceof Error ? error.message : String(error)}`];
    }
  });
}
