import type { EndpointsSurvey } from "@vigia/chain";
import { type ChainCursor, type ChainView, chain } from "@vigia/database";
import { defineTask, type Task, type TaskContext } from "@vigia/runtime";
import { applyRange, holdCursor } from "../follow/apply-range.ts";
import { byChain, forEachContract } from "../follow/each-contract.ts";
import { markFinal, reportReplaced } from "../follow/finality.ts";
import type { Followed } from "../follow/followed.ts";
import { linkOrders } from "../follow/orders-follow.ts";
import { readAhead } from "../follow/read-ahead.ts";
import { refuseOtherChain } from "../follow/refuse-other-chain.ts";
import { findAncestor, rollBack } from "../follow/roll-back.ts";
import { lookAgainWhereStale } from "../follow/stale-read.ts";
import { watchedBefore } from "../follow/watched.ts";

interface Progress {
  fromBlock: number | undefined;
  logs: number;
  escrowsChanged: number;
}

interface Synced {
  readonly chainId: number;
  readonly fromBlock: number;
  readonly toBlock: number;
  readonly headBlock: number;
  readonly logs: number;
  readonly escrowsChanged: number;
}

/** Before the first look at the chain. */
const UNSEEN = { blockHash: null, finalizedNumber: -1, finalizedBy: "depth" } as const;

/** An order is dated by the beginning of its transaction; and a run that died left its orders to the next one. */
const ORDERS_LATE_MS = 15 * 60 * 1_000;
/** Within the task's time limit, with room for one more range. */
const READ_UNTIL_MS = 7 * 60 * 1_000;

/** A chain that has come to its head looks again after so long, while another one is still under way. */
const LOOK_AGAIN_MS = 15_000;

export interface SyncOptions {
  /** A clock in milliseconds. */
  readonly now?: () => number;
  readonly lookAgainMs?: number;
}

/**
 * Follows the contracts from their last synced block to the head. Where nothing is new, each costs one request. A past that
 * takes longer than a run may is read in several: each ends in time, as a success, and the next tick goes on. Until then
 * no contract takes the time of those after it on its chain, and no chain that of another.
 */
export function sync(
  all: readonly Followed[],
  { now = Date.now, lookAgainMs = LOOK_AGAIN_MS }: SyncOptions = {},
): Task {
  return defineTask("chain-sync.sync", async (context) => {
    const begunMs = now();
    const progresses = new Map<Followed, Progress>();
    const synced = new Map<Followed, Synced>();
    const chains = byChain(all);
    const work = async (followed: Followed) => {
      const contracts = chains.find((chain) => chain.includes(followed)) ?? [];
      const untilMs = begunMs + (READ_UNTIL_MS * (contracts.indexOf(followed) + 1)) / contracts.length;
      const progress = progresses.get(followed) ?? { fromBlock: undefined, logs: 0, escrowsChanged: 0 };
      progresses.set(followed, progress);
      const follow = () => followToHead(context, followed, progress, () => now() >= untilMs);
      synced.set(followed, await lookAgainWhereStale(context.log, follow));
    };
    await forEachContract(context, all, work, lookAgainMs);
    return resultOf(chains.map((contracts) => contracts.flatMap((followed) => synced.get(followed) ?? [])));
  });
}

/** Blocks of one chain are no blocks of another: each chain has its own where there are several. */
function resultOf(chains: readonly (readonly Synced[])[]) {
  const sums = chains.map((synced) => ({
    fromBlock: Math.min(...synced.map(({ fromBlock }) => fromBlock)),
    toBlock: Math.min(...synced.map(({ toBlock }) => toBlock)),
    headBlock: Math.max(...synced.map(({ headBlock }) => headBlock)),
    ...countsOf(synced),
  }));
  if (sums.length === 1) return sums[0];
  return {
    ...countsOf(sums),
    chains: Object.fromEntries(sums.map((sum, index) => [chains[index]?.[0]?.chainId, sum])),
  };
}

function countsOf(all: readonly Pick<Synced, "logs" | "escrowsChanged">[]) {
  return {
    logs: all.reduce((sum, { logs }) => sum + logs, 0),
    escrowsChanged: all.reduce((sum, { escrowsChanged }) => sum + escrowsChanged, 0),
  };
}

async function followToHead(
  context: TaskContext<"chain-sync.sync">,
  followed: Followed,
  progress: Progress,
  mustEnd: () => boolean,
): Promise<Synced> {
  const { database, step, signal, processed, log, tick } = context;
  const known = await chain(database).cursor(followed);
  const lookedAt = known?.movedAt ?? tick.scheduledAt;
  let cursor: ChainCursor = known ?? beforeStart(followed);
  const survey = await followed.endpoints.survey({ number: cursor.blockNumber, hash: cursor.blockHash }, signal);
  refuseOtherChain(survey, followed);
  const headNumber = survey.head.number;
  if (hasForked(survey, cursor, await hashAtHead(context, followed, headNumber, cursor))) {
    const ancestor = await findAncestor(chain(database), followed, cursor, headNumber, signal);
    reportReplaced(survey.claims, ancestor.undone);
    const before = cursor;
    const { finalizedNumber, finalizedBy } = cursor;
    const view = { headNumber, finalizedNumber, finalizedBy };
    const undone = await step((tx) => rollBack(tx, followed, ancestor, before, view));
    log.warn(
      { chainId: followed.chainId, from: cursor.blockNumber, ancestor: ancestor.number },
      "a fork was rolled back",
    );
    progress.escrowsChanged += undone.escrowsChanged;
    cursor = undone.cursor;
  }

  const mark = await markFinal(database, followed, survey.claims, headNumber, cursor);
  const view: ChainView = { headNumber, ...mark };
  const fromBlock = cursor.blockNumber + 1;
  const watched = await watchedBefore(database, followed, fromBlock);
  const request = { fromBlock, lastBlock: headNumber - followed.confirmations, watched, parentHash: cursor.blockHash };
  for await (const range of readAhead(followed, request, signal)) {
    const before = cursor;
    const applied = await step((tx) => applyRange(tx, followed, range, before, view));
    cursor = applied.cursor;
    processed(applied.logs);
    progress.fromBlock ??= range.fromBlock;
    progress.logs += applied.logs;
    progress.escrowsChanged += applied.escrowsChanged;
    if (mustEnd()) break;
  }
  await step(async (tx) => {
    await holdCursor(tx, followed, cursor);
    await tx.chain.moveCursor(followed, { ...cursor, ...view });
    // Orders that the marketplace wrote after their escrow had come; what slips through, the reconciliation links.
    await linkOrders(tx, followed, { since: new Date(lookedAt.getTime() - ORDERS_LATE_MS) });
  });
  const { logs, escrowsChanged } = progress;
  const from = progress.fromBlock ?? cursor.blockNumber;
  const { chainId } = followed;
  return { chainId, fromBlock: from, toBlock: cursor.blockNumber, headBlock: headNumber, logs, escrowsChanged };
}

function beforeStart({ startBlock }: Followed): ChainCursor {
  return { ...UNSEEN, blockNumber: startBlock - 1, headNumber: startBlock };
}

/** A node below the cursor is behind, or on a shorter fork: the hash that is remembered for its head tells. */
async function hashAtHead(
  { database }: Pick<TaskContext, "database">,
  followed: Followed,
  headNumber: number,
  cursor: ChainCursor,
): Promise<string | undefined> {
  if (headNumber >= cursor.blockNumber) return undefined;
  const [block] = await chain(database).blocks(followed, headNumber, headNumber);
  return block?.hash;
}

function hasForked({ head, at }: EndpointsSurvey, cursor: ChainCursor, rememberedAtHead: string | undefined): boolean {
  if (cursor.blockHash === null) return false;
  if (head.number >= cursor.blockNumber) return at?.hash !== cursor.blockHash;
  return rememberedAtHead !== undefined && rememberedAtHead !== head.hash;
}
