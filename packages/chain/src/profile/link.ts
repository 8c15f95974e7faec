import type { ChainLink, ChainLog } from "@vigia/database";
import { type EventRef, isJoin, type Join } from "./document.ts";
import { compileKey, compileValue, type ToldLog } from "./value.ts";

/** What one log says that others depend on: which escrow a key stands for, or what kind of contract an address is. */
export type Link = ChainLink;

/** The key that an event with this join looks its escrow up by. */
export function joinText({ of, where }: Join): (log: ToldLog) => string {
  const names = Object.keys(where).toSorted();
  const key = compileKey(names.map((name) => where[name] ?? ""));
  const prefix = prefixOf(of, names);
  return (log) => prefix + key(log);
}

function prefixOf(event: string, names: readonly string[]): string {
  return `${event}(${names.join()})=`;
}

type Teller = (log: ChainLog) => Link | undefined;

/** What each log tells that others depend on; `undefined` where no event of the profile tells anything of the kind. */
export function compileLinks(events: ReadonlyMap<string, EventRef>): ((log: ChainLog) => Link[]) | undefined {
  const tellers = new Map<string, Teller[]>();
  const add = (event: string, teller: Teller) => tellers.set(event, [...(tellers.get(event) ?? []), teller]);
  const joins = new Set<string>();
  for (const [event, { rule }] of events) {
    for (const [kind, argument] of Object.entries(rule.announces ?? {})) add(event, announcer(kind, argument));
    if (!isJoin(rule.escrow)) continue;
    const { of, where } = rule.escrow;
    const names = Object.keys(where).toSorted();
    const prefix = prefixOf(of, names);
    // Several events may look for their escrow by the same arguments.
    if (!joins.has(prefix)) add(of, joiner(prefix, names));
    joins.add(prefix);
  }
  if (tellers.size === 0) return undefined;
  return (log) => (tellers.get(log.event) ?? []).flatMap((teller) => teller(log) ?? []);
}

function announcer(kind: string, argument: string): Teller {
  const address = compileValue(argument);
  return (log) => {
    const { blockNumber, logIndex } = log;
    return { link: "contract", key: String(address(log)), value: kind, blockNumber, logIndex };
  };
}

function joiner(prefix: string, names: readonly string[]): Teller {
  const key = compileKey(names);
  return (log) => {
    const { escrowId, blockNumber, logIndex } = log;
    return escrowId === null
      ? undefined
      : { link: "escrow", key: prefix + key(log), value: escrowId, blockNumber, logIndex };
  };
}

export interface Announcement {
  readonly kind: string;
  readonly blockNumber: number;
}

/** The first announcement in these logs of each contract that is not known yet, by its address. */
export function announcedIn(
  { linksOf }: { readonly linksOf: ((log: ChainLog) => Link[]) | undefined },
  known: ReadonlyMap<string, string>,
  logs: readonly ChainLog[],
): Map<string, Announcement> {
  const found = new Map<string, Announcement>();
  for (const { link, key, value, blockNumber } of logs.flatMap((log) => linksOf?.(log) ?? [])) {
    if (link === "contract" && !known.has(key) && !found.has(key)) found.set(key, { kind: value, blockNumber });
  }
  return found;
}
