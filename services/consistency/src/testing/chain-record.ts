import { ESCROW_TRANSITIONS, type EscrowStatus } from "@vigia/messages";
import type { Row } from "./marketplace.ts";

export type Insert = (table: string, row: Row) => Promise<void>;

/** The blocks that the record knows: the cursor is at the last one. */
export const FIRST_BLOCK = 1;
export const LAST_BLOCK = 3;

/** A block's hash, or that of another block in its place. */
export function blockHash(number: number, fork = "00"): string {
  return `0x${fork}${number.toString(16).padStart(62, "0")}`;
}

/** Writes what a sound chain-sync would have recorded of escrows: the blocks, each one's logs, and its transitions. */
export function createChainRecord(insert: Insert) {
  let places = 0;
  const followed = new Set<string>();

  /** The cursor at the last block, and the blocks that lead up to it. */
  async function follow(chain_id: unknown, contract: unknown, row: Row = {}): Promise<void> {
    if (followed.has(`${chain_id}:${contract}`)) return;
    followed.add(`${chain_id}:${contract}`);
    const at = {
      block_number: LAST_BLOCK,
      block_hash: blockHash(LAST_BLOCK),
      head_number: LAST_BLOCK,
      finalized_block: LAST_BLOCK,
    };
    await insert("vigia.chain_cursors", { chain_id, contract, ...at, ...row });
    for (let number = FIRST_BLOCK; number <= LAST_BLOCK; number++) {
      const hashes = { hash: blockHash(number), parent_hash: blockHash(number - 1) };
      await insert("vigia.chain_blocks", { chain_id, contract, number, ...hashes, mined_at: new Date() });
    }
  }

  /** Where in its block a log lies that has not been written yet. */
  const nextPlace = () => places++;

  async function log(block_number: number, row: Row): Promise<void> {
    await insert("vigia.chain_logs", {
      block_number,
      log_index: nextPlace(),
      block_hash: blockHash(block_number),
      transaction_hash: blockHash(places, "ff"),
      event: "EscrowChanged",
      arguments: "{}",
      mined_at: new Date(),
      ...row,
    });
  }

  /** What led to an escrow's row: a log in the block that created it, another in the one that changed it last. */
  async function lead(escrow: Row, status: EscrowStatus): Promise<void> {
    const { chain_id, contract, escrow_id, created_block, updated_block, updated_log } = escrow;
    const of = { chain_id, contract, escrow_id };
    await follow(chain_id, contract);
    const path = pathTo(status);
    await log(Number(created_block), { ...of, event: "EscrowCreated", log_index: updated_log });
    if (updated_block !== created_block) await log(Number(updated_block), { ...of, log_index: updated_log });
    for (const [index, to_status] of path.entries()) {
      const step = { from_status: path[index - 1] ?? null, to_status, source: "event", block_number: updated_block };
      const at = index < path.length - 1 ? escrow.created_at : escrow.status_since;
      await insert("vigia.escrow_transitions", { ...of, ...step, log_index: updated_log, at });
    }
  }

  return { follow, log, lead, nextPlace, forget: () => followed.clear() };
}

/** The shortest way that an escrow may take to a state. */
function pathTo(status: EscrowStatus): EscrowStatus[] {
  const paths: EscrowStatus[][] = [["pending_deposit"]];
  for (const path of paths) {
    const last = path.at(-1) ?? status;
    if (last === status) return path;
    paths.push(...ESCROW_TRANSITIONS[last].filter((next) => !path.includes(next)).map((next) => [...path, next]));
  }
  throw new Error(`no escrow gets to ${status}`);
}
