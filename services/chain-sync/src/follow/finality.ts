import type { FinalityClaim } from "@vigia/chain";
import { type BulkQueryable, type ChainBlock, type ChainView, chain } from "@vigia/database";
import type { Followed } from "./followed.ts";

export type FinalityMark = Pick<ChainView, "finalizedNumber" | "finalizedBy">;

/** So many hashes are remembered at the most, where a chain has not called anything final for long. */
const MOST_REMEMBERED_BLOCKS = 50_000;

export interface Claims {
  /** The blocks that endpoints call final, of which nothing known speaks against. */
  readonly numbers: readonly number[];
  /** How many have to call a block final: two, where there are several endpoints. */
  readonly needed: number;
}

/**
 * Up to where the chain is final. It never goes back: what too few endpoints say leaves it where it is. The depth counts
 * where the chain has never said a word of its own.
 */
export function nextMark(
  before: FinalityMark,
  { numbers, needed }: Claims,
  { headNumber, depth, tag }: { readonly headNumber: number; readonly depth: number; readonly tag: boolean },
): FinalityMark {
  const said = numbers.toSorted((one, other) => other - one)[needed - 1];
  if (tag && said !== undefined) {
    return { finalizedNumber: Math.max(before.finalizedNumber, said), finalizedBy: "tag" };
  }
  if (tag && before.finalizedBy === "tag") {
    return { finalizedNumber: before.finalizedNumber, finalizedBy: "tag" };
  }
  return { finalizedNumber: Math.max(before.finalizedNumber, headNumber - depth), finalizedBy: "depth" };
}

/** The mark as the endpoints have it now. What is remembered is known to be of the chain. */
export async function markFinal(
  sql: BulkQueryable,
  followed: Followed,
  claims: readonly FinalityClaim[],
  headNumber: number,
  before: FinalityMark,
): Promise<FinalityMark> {
  const sound: number[] = [];
  for (const claim of claims) {
    const { endpoint, block } = claim;
    const [ours] = await chain(sql).blocks(followed, block.number, block.number);
    const isOther = ours !== undefined && ours.hash !== block.hash;
    if (block.number > claim.headNumber) {
      endpoint.report("finalized_ahead", `it calls block ${block.number} final, its head is ${claim.headNumber}`);
    } else if (isOther) {
      endpoint.report("other_finalized", `the block ${block.number} that it calls final is another on the chain`);
    } else {
      sound.push(block.number);
    }
  }
  const needed = Math.min(followed.endpoints.all.length, 2);
  const { finalityBlocks: depth, finalizedTag: tag } = followed;
  return nextMark(before, { numbers: sound, needed }, { headNumber, depth, tag });
}

/** Whoever called a block final that a fork replaced was wrong, whatever it says now. */
export function reportReplaced(claims: readonly FinalityClaim[], undone: readonly ChainBlock[]): void {
  const hashes = new Map(undone.map(({ number, hash }) => [number, hash]));
  for (const { endpoint, before } of claims) {
    if (before && hashes.get(before.number) === before.hash) {
      endpoint.report("finalized_replaced", `block ${before.number}, which it had called final, was replaced`);
    }
  }
}

/** The first block whose hash is remembered where the cursor is at `toBlock`: the last final one, or the cursor's own. */
export function firstRemembered({ finalizedNumber }: FinalityMark, toBlock: number): number {
  return Math.max(Math.min(finalizedNumber, toBlock), toBlock - MOST_REMEMBERED_BLOCKS);
}
