import type { EventFragment } from "ethers";
import { readAddress } from "../rpc/address.ts";
import { type ContractDocument, type EventRef, eventsOf, isJoin, type Join } from "./document.ts";
import {
  ADDRESS,
  AMOUNT,
  AMOUNTS,
  ANY,
  eventScope,
  ID,
  parameterMistake,
  type Scope,
  valueMistake,
} from "./parameter.ts";
import { BALANCE } from "./rule.ts";
import type { EventDocument, ProfileDocument } from "./schema.ts";
import { stateMistakes } from "./state-mistakes.ts";

type Events = ReadonlyMap<string, EventRef>;
type Mistakes = (string | undefined)[];

/** What a profile says that its ABI does not hold; each mistake names its event and field. */
export function findMistakes(document: ProfileDocument, contracts: readonly ContractDocument[]): string[] {
  const events = eventsOf(contracts);
  const refs = [...events.values()];
  const mistakes: Mistakes = refs.flatMap((ref) => eventMistakes(document, ref, events));
  if (!refs.some(({ rule }) => rule.creates)) mistakes.push("events: none of them creates an escrow");
  mistakes.push(...placeMistakes(document, refs));
  if (document.state) mistakes.push(...stateMistakes(document, document.state, contracts, refs));
  return mistakes.filter((mistake) => mistake !== undefined);
}

function eventMistakes(document: ProfileDocument, { contract, name, rule, fragment }: EventRef, events: Events) {
  const at = `${contract.at}events.${name}`;
  if (!fragment) return [noEvent(contract, at, name)];
  if (fragment.anonymous) return [`${at}: an anonymous event cannot be told from others`];
  const scope = eventScope(fragment);
  const mistakes: Mistakes = [
    ...escrowMistakes(document, contract.kind, at, rule, fragment, events),
    ...balanceMistakes(scope, `${at}.balance`, rule.balance),
    ...transitionMistakes(scope, `${at}.leadsTo`, rule.leadsTo),
  ];
  if (rule.creates) {
    const { seller, buyer, token, amount } = rule.creates;
    for (const [field, value] of Object.entries({ seller, buyer, token })) {
      mistakes.push(valueMistake(scope, `${at}.creates.${field}`, value, ADDRESS));
    }
    mistakes.push(valueMistake(scope, `${at}.creates.amount`, amount, AMOUNT));
    if (!rule.leadsTo) mistakes.push(`${at}.leadsTo: the event that creates an escrow must name its state`);
  }
  for (const [kind, argument] of Object.entries(rule.announces ?? {})) {
    if (!document.contracts[kind]) mistakes.push(`${at}.announces.${kind}: there is no "${kind}" among the contracts`);
    mistakes.push(parameterMistake(scope, `${at}.announces.${kind}`, argument, ADDRESS));
  }
  return mistakes;
}

function noEvent({ abi }: ContractDocument, at: string, name: string): string {
  const same = abi.fragments.filter((each) => each.type === "event" && (each as EventFragment).name === name);
  if (same.length < 2) return `${at}: the ABI has no event "${name}"`;
  const signatures = same.map((each) => each.format("sighash")).join(" or ");
  return `${at}: the ABI has several events "${name}": name it as ${signatures}`;
}

function escrowMistakes(
  document: ProfileDocument,
  kind: string,
  at: string,
  rule: EventDocument,
  fragment: EventFragment,
  events: Events,
): Mistakes {
  const { escrow, leadsTo, balance, creates } = rule;
  if (escrow === undefined) {
    const speaks = leadsTo !== undefined || balance !== undefined || creates !== undefined;
    return speaks ? [`${at}.escrow: an event that means something for an escrow must say for which`] : [];
  }
  const scope = eventScope(fragment);
  if (isJoin(escrow)) return joinMistakes(scope, `${at}.escrow`, escrow, events);
  const parts = [escrow].flat();
  const mistakes: Mistakes = parts.map((part) => valueMistake(scope, `${at}.escrow`, part, ID));
  const isAnnounced = kind !== "" && document.contracts[kind]?.address === undefined;
  if (isAnnounced && !parts.includes("$address")) {
    mistakes.push(
      `${at}.escrow: several contracts of this kind may have an escrow of this name: make "$address" a part of it, or ` +
        "take it from the event that announces the contract",
    );
  }
  return mistakes;
}

function joinMistakes(scope: Scope, at: string, { of, where }: Join, events: Events): Mistakes {
  const target = events.get(of);
  if (!target?.fragment) return [`${at}.of: the profile has no event "${of}"`];
  if (target.rule.escrow === undefined || isJoin(target.rule.escrow)) {
    return [`${at}.of: the event ${of} does not name its escrow itself`];
  }
  const mistakes: Mistakes = Object.entries(where).flatMap(([theirs, ours]) => [
    valueMistake(eventScope(target.fragment as EventFragment), `${at}.where.${theirs}`, theirs, ID),
    valueMistake(scope, `${at}.where.${theirs}`, ours, ID),
  ]);
  if (Object.keys(where).length === 0) mistakes.push(`${at}.where: must name at least one argument of ${of}`);
  return mistakes;
}

function balanceMistakes(scope: Scope, at: string, balance: EventDocument["balance"]): Mistakes {
  if (typeof balance !== "object") return [];
  return Object.entries(balance).flatMap(([effect, names]) =>
    [names].flat().map((name) => parameterMistake(scope, `${at}.${effect}`, name, AMOUNTS)),
  );
}

function transitionMistakes(scope: Scope, at: string, leadsTo: EventDocument["leadsTo"]): Mistakes {
  if (!Array.isArray(leadsTo)) return [];
  return leadsTo.flatMap(({ from, when }, index) => {
    const isLast = index === leadsTo.length - 1;
    const hidesTheRest = !isLast && from === undefined && Object.keys(when ?? {}).length === 0;
    return [
      hidesTheRest ? `${at}.${index}: always fits, so that those after it never do` : undefined,
      ...Object.keys(when ?? {}).map((name) =>
        name === BALANCE ? undefined : valueMistake(scope, `${at}.${index}.when.${name}`, name, ANY),
      ),
    ];
  });
}

function placeMistakes(document: ProfileDocument, refs: readonly EventRef[]): Mistakes {
  const announced = new Set(refs.flatMap(({ rule }) => Object.keys(rule.announces ?? {})));
  return Object.entries(document.contracts).map(([kind, { address }]) => {
    const at = `contracts.${kind}.address`;
    if (address !== undefined && !readAddress(address)) return `${at}: "${address}" is not an address`;
    if (address === undefined && !announced.has(kind))
      return `${at}: no event announces it, so it must say where it is`;
    if (address !== undefined && announced.has(kind)) return `${at}: events announce it, so it must not have one`;
    return undefined;
  });
}
