import { type ContractFilter, createContractFilter, OWN_CONTRACT } from "@vigia/chain";
import { type BulkQueryable, chain } from "@vigia/database";
import type { Followed } from "./followed.ts";

/** The contracts whose logs are read: those whose addresses are known, and those that events have announced. */
export interface Watched {
  /** Which of the profile's contracts each address is. */
  readonly kinds: ReadonlyMap<string, string>;
  readonly filter: ContractFilter;
}

/** What is watched before any event has announced a contract. */
export function watchedAtFirst({ contract, profile }: Pick<Followed, "contract" | "profile">): Watched {
  const kinds = new Map([...profile.places, [contract, OWN_CONTRACT]]);
  return { kinds, filter: createContractFilter([...kinds.keys()], profile.topics) };
}

/** Those that were announced in addition. */
export function watchAlso(followed: Followed, { kinds }: Watched, announced: ReadonlyMap<string, string>): Watched {
  const all = new Map([...announced, ...kinds]);
  return { kinds: all, filter: createContractFilter([...all.keys()], followed.profile.topics) };
}

/** What is watched when a block's logs are read: what the record says was announced in the blocks before it. */
export async function watchedBefore(sql: BulkQueryable, followed: Followed, block: number): Promise<Watched> {
  if (!followed.profile.announces) return followed.watched;
  return watchAlso(followed, followed.watched, await announcedBefore(sql, followed, block));
}

/** Whether the record still says so: a resync may have found another announcement, or that there was none. */
export async function isStillWatched(
  sql: BulkQueryable,
  followed: Followed,
  { kinds }: Watched,
  block: number,
): Promise<boolean> {
  if (!followed.profile.announces) return true;
  const now = new Map([...(await announcedBefore(sql, followed, block)), ...followed.watched.kinds]);
  return now.size === kinds.size && [...now].every(([address, kind]) => kinds.get(address) === kind);
}

async function announcedBefore(sql: BulkQueryable, followed: Followed, block: number): Promise<Map<string, string>> {
  const announced = await chain(sql).announced(followed, block);
  return new Map(announced.flatMap(({ address, kind }) => (followed.elsewhere.has(address) ? [] : [[address, kind]])));
}
