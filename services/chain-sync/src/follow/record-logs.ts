import { groupByEscrow } from "@vigia/chain";
import type { ChainLog, Transaction } from "@vigia/database";
import type { Followed } from "./followed.ts";

export interface Recorded {
  /** The escrows that gained or lost a log. */
  readonly escrowIds: readonly string[];
  readonly removed: number;
  /** Those of them of which nothing but the logs given is new, and of which no log of these blocks was on record. */
  readonly fresh: ReadonlyMap<string, readonly ChainLog[]>;
  /** Whether the range announces other contracts than were on record. */
  readonly announcesOthers: boolean;
}

/** Makes the record of a range equal to its logs: the logs, what others depend on in them, and whose they are. */
export async function recordLogs(
  tx: Transaction,
  followed: Followed,
  fromBlock: number,
  toBlock: number,
  logs: readonly ChainLog[],
): Promise<Recorded> {
  await tx.readings.forgetMissing(followed, fromBlock, toBlock);
  const { added, removed, escrowIds } = await tx.chain.replaceLogs(followed, fromBlock, toBlock, logs);
  const isBlank = removed === 0 && added === logs.length;
  const fresh = isBlank ? groupByEscrow(logs) : new Map<string, ChainLog[]>();
  const { linksOf } = followed.profile;
  if (!linksOf) return { escrowIds, removed, fresh, announcesOthers: false };
  const changes = await tx.chain.replaceLinks(followed, fromBlock, toBlock, logs.flatMap(linksOf));
  const keys = changes.flatMap(({ link, key }) => (link === "escrow" ? key : []));
  const asked = logs.flatMap(({ linkKey }) => linkKey ?? []);
  const resolved = await tx.chain.resolve(followed, [...new Set([...keys, ...asked])]);
  for (const escrowId of resolved) fresh.delete(escrowId);
  return {
    escrowIds: [...new Set([...escrowIds, ...resolved])],
    removed,
    fresh,
    announcesOthers: changes.some(({ link }) => link === "contract"),
  };
}
