import { isDeepStrictEqual } from "node:util";
import { type ChainLinks, chainLinks } from "./chain-links.ts";
import type { BulkQueryable, Queryable } from "./queryable.ts";

/** One followed contract. `contract` is lower case. */
export interface ContractKey {
  readonly chainId: number;
  readonly contract: string;
}

/** The chain as it was when it was last looked at. */
export interface ChainView {
  readonly headNumber: number;
  /** No block up to it is replaced any more; -1: nothing is known to be final. Never goes back. */
  readonly finalizedNumber: number;
  /** What says so: the chain's own word, or how deep the block lies. */
  readonly finalizedBy: "tag" | "depth";
}

/** The last block whose logs are applied; its hash is unknown before the first one. */
export interface ChainCursor extends ChainView {
  readonly blockNumber: number;
  readonly blockHash: string | null;
}

/** A cursor as it is on record. */
export interface RecordedCursor extends ChainCursor {
  readonly movedAt: Date;
}

export interface ChainBlock {
  readonly number: number;
  readonly hash: string;
  readonly parentHash: string;
  readonly minedAt: Date;
}

export interface ChainLog {
  readonly blockNumber: number;
  readonly logIndex: number;
  readonly blockHash: string;
  readonly transactionHash: string;
  /** The contract that emitted it: the followed one, or one that belongs to it. Lower case. */
  readonly address: string;
  /** The event's name; the first topic, or `0x`, where the log could not be decoded. */
  readonly event: string;
  readonly escrowId: string | null;
  /** The key by which another log says of which escrow this one speaks. */
  readonly linkKey: string | null;
  /** By name; numbers as decimal strings, bytes and addresses as lower-case hex. */
  readonly arguments: Readonly<Record<string, unknown>>;
  readonly minedAt: Date;
}

export interface LogChange {
  readonly added: number;
  readonly removed: number;
  /** The escrows that a log was added to or removed from. */
  readonly escrowIds: readonly string[];
}

export interface Chain extends ChainLinks {
  cursor(of: ContractKey): Promise<RecordedCursor | undefined>;
  /**
   * The cursor, held for the rest of the transaction: whoever writes what follows from this contract's logs holds it,
   * so that tasks with different locks take turns. Starts just before `startBlock` where there was none.
   */
  lockCursor(of: ContractKey, startBlock: number): Promise<ChainCursor>;
  /**
   * A cursor that stood still for more than ten minutes was not looked after: that time goes on record as a downtime.
   * `confirmations`: how many blocks behind the head it is meant to stay.
   */
  moveCursor(of: ContractKey & { readonly confirmations: number }, cursor: ChainCursor): Promise<void>;
  /** The remembered blocks of a range, highest first. */
  blocks(of: ContractKey, fromBlock: number, toBlock: number): Promise<ChainBlock[]>;
  /** The hashes of a range's blocks, as far as they are remembered or a log on record names one; lowest first. */
  hashesOnRecord(of: ContractKey, fromBlock: number, toBlock: number): Promise<Pick<ChainBlock, "number" | "hash">[]>;
  recordBlocks(of: ContractKey, blocks: readonly ChainBlock[]): Promise<void>;
  /** Forgets the blocks outside `fromBlock` to `toBlock`. */
  keepBlocks(of: ContractKey, fromBlock: number, toBlock: number): Promise<void>;
  /** Makes the recorded logs of a range equal to those given; what is recorded already is not written again. */
  replaceLogs(of: ContractKey, fromBlock: number, toBlock: number, logs: readonly ChainLog[]): Promise<LogChange>;
  /**
   * The logs of these escrows (those before a block, where it is given), each escrow's in the order of the chain. Reads
   * through `chain_logs_escrow`.
   */
  logsOf(of: ContractKey, escrowIds: readonly string[], beforeBlock?: number): Promise<ChainLog[]>;
  /** Those of these escrows that have a log before a block: one step through `chain_logs_escrow` for each. */
  withLogs(of: ContractKey, escrowIds: readonly string[], beforeBlock: number): Promise<string[]>;
  /** The escrows that have a log in these blocks. */
  escrowsIn(of: ContractKey, fromBlock: number, toBlock: number): Promise<string[]>;
  /** The log that created each of these escrows: its first with one of these events. */
  creationsOf(of: ContractKey, escrowIds: readonly string[], events: readonly string[]): Promise<ChainLog[]>;
}

export function chain(sql: BulkQueryable): Chain {
  const cursor = async (of: ContractKey, lock: "" | "FOR UPDATE" = ""): Promise<RecordedCursor | undefined> => {
    const { rows } = await sql.query<RecordedCursor>(
      `SELECT block_number AS "blockNumber", block_hash AS "blockHash", head_number AS "headNumber",
              finalized_block AS "finalizedNumber", finalized_by AS "finalizedBy", updated_at AS "movedAt"
         FROM vigia.chain_cursors WHERE chain_id = $1 AND contract = $2 ${lock}`,
      [of.chainId, of.contract],
    );
    return rows[0];
  };
  return {
    cursor: (of) => cursor(of),
    async lockCursor(of, startBlock) {
      const known = await cursor(of, "FOR UPDATE");
      if (known) return known;
      await sql.query(
        `INSERT INTO vigia.chain_cursors (chain_id, contract, block_number, block_hash, head_number)
         VALUES ($1, $2, $3::bigint - 1, NULL, $3) ON CONFLICT DO NOTHING`,
        [of.chainId, of.contract, startBlock],
      );
      const locked = await cursor(of, "FOR UPDATE");
      if (!locked) throw new Error(`the cursor of ${of.contract} on chain ${of.chainId} was deleted just now`);
      return locked;
    },
    async moveCursor(of, { blockNumber, blockHash, headNumber, finalizedNumber, finalizedBy }) {
      await sql.query(
        `WITH silence AS (
           INSERT INTO vigia.downtimes (cause, reason, started_at, ended_at)
           SELECT 'chain-sync', 'the chain was not read', updated_at, now() FROM vigia.chain_cursors
            WHERE chain_id = $1 AND contract = $2 AND updated_at < now() - interval '10 minutes'
         )
         UPDATE vigia.chain_cursors
            SET block_number = $3, block_hash = $4, head_number = $5, confirmations = $6, updated_at = now(),
                audited_block = LEAST(audited_block, $3), finalized_block = GREATEST(finalized_block, $7),
                finalized_by = $8
          WHERE chain_id = $1 AND contract = $2`,
        [
          ...[of.chainId, of.contract, blockNumber, blockHash, headNumber, of.confirmations],
          ...[finalizedNumber, finalizedBy],
        ],
      );
    },
    ...rememberedBlocks(sql),
    ...recordedLogs(sql),
    ...chainLinks(sql),
  };
}

function rememberedBlocks(sql: Queryable): Pick<Chain, "blocks" | "hashesOnRecord" | "recordBlocks" | "keepBlocks"> {
  return {
    async blocks(of, fromBlock, toBlock) {
      const { rows } = await sql.query<ChainBlock>(
        `SELECT number, hash, parent_hash AS "parentHash", mined_at AS "minedAt"
           FROM vigia.chain_blocks
          WHERE chain_id = $1 AND contract = $2 AND number BETWEEN $3 AND $4 ORDER BY number DESC`,
        [of.chainId, of.contract, fromBlock, toBlock],
      );
      return rows;
    },
    async hashesOnRecord(of, fromBlock, toBlock) {
      const { rows } = await sql.query<Pick<ChainBlock, "number" | "hash">>(
        `SELECT number, hash FROM vigia.chain_blocks
          WHERE chain_id = $1 AND contract = $2 AND number BETWEEN $3 AND $4
          UNION
         SELECT block_number, block_hash FROM vigia.chain_logs WHERE chain_id = $1 AND ${OF_CONTRACT} AND ${IN_RANGE}
          ORDER BY number`,
        [of.chainId, of.contract, fromBlock, toBlock],
      );
      return rows;
    },
    async recordBlocks(of, blocks) {
      if (blocks.length === 0) return;
      await sql.query(
        `INSERT INTO vigia.chain_blocks (chain_id, contract, number, hash, parent_hash, mined_at)
         SELECT $1, $2, * FROM unnest($3::bigint[], $4::text[], $5::text[], $6::timestamptz[])
             ON CONFLICT (chain_id, contract, number) DO UPDATE
            SET hash = excluded.hash, parent_hash = excluded.parent_hash, mined_at = excluded.mined_at
          WHERE chain_blocks.hash <> excluded.hash`,
        [
          of.chainId,
          of.contract,
          blocks.map((block) => block.number),
          blocks.map((block) => block.hash),
          blocks.map((block) => block.parentHash),
          blocks.map((block) => block.minedAt.toISOString()),
        ],
      );
    },
    async keepBlocks(of, fromBlock, toBlock) {
      await sql.query(
        `DELETE FROM vigia.chain_blocks WHERE chain_id = $1 AND contract = $2 AND (number < $3 OR number > $4)`,
        [of.chainId, of.contract, fromBlock, toBlock],
      );
    },
  };
}

/**
 * Logs of a range, read through the primary key, which holds them by their place. In words that no index can take, as
 * `chain_logs_escrow` begins with the contract: without statistics that looks as good, and holds its whole history.
 */
const IN_RANGE = "block_number BETWEEN $3 AND $4";
const OF_CONTRACT = "(contract = $2) IS TRUE";

const LOG_COLUMNS = `block_number AS "blockNumber", log_index AS "logIndex", block_hash AS "blockHash",
                     transaction_hash AS "transactionHash", coalesce(address, contract) AS address, event,
                     escrow_id AS "escrowId", link_key AS "linkKey", arguments, mined_at AS "minedAt"`;

function recordedLogs(
  sql: BulkQueryable,
): Pick<Chain, "replaceLogs" | "logsOf" | "withLogs" | "escrowsIn" | "creationsOf"> {
  return {
    async replaceLogs(of, fromBlock, toBlock, logs) {
      const { rows: recorded } = await sql.query<ChainLog>(
        `SELECT ${LOG_COLUMNS} FROM vigia.chain_logs WHERE chain_id = $1 AND ${OF_CONTRACT} AND ${IN_RANGE}`,
        [of.chainId, of.contract, fromBlock, toBlock],
      );
      const given = new Map(logs.map((log) => [placeOf(log), log]));
      const kept = new Map(recorded.map((log) => [placeOf(log), log]));
      const removed = recorded.filter((log) => !isSameLog(given.get(placeOf(log)), log));
      const added = logs.filter((log) => !isSameLog(log, kept.get(placeOf(log))));
      await deleteLogs(sql, of, removed);
      await insertLogs(sql, of, added);
      const touched = [...added, ...removed].flatMap(({ escrowId }) => escrowId ?? []);
      return { added: added.length, removed: removed.length, escrowIds: [...new Set(touched)] };
    },
    async logsOf(of, escrowIds, beforeBlock = Number.MAX_SAFE_INTEGER) {
      if (escrowIds.length === 0) return [];
      const { rows } = await sql.query<ChainLog>(
        `SELECT ${LOG_COLUMNS} FROM (SELECT DISTINCT unnest($3::text[]) AS id ORDER BY id) AS given
          CROSS JOIN LATERAL (SELECT * FROM vigia.chain_logs
                               WHERE chain_id = $1 AND contract = $2 AND escrow_id = given.id AND block_number < $4
                               ORDER BY block_number, log_index) AS log`,
        [of.chainId, of.contract, escrowIds, beforeBlock],
      );
      return rows;
    },
    async withLogs(of, escrowIds, beforeBlock) {
      if (escrowIds.length === 0) return [];
      const { rows } = await sql.query<{ escrowId: string }>(
        `SELECT given.escrow_id AS "escrowId" FROM unnest($3::text[]) AS given (escrow_id)
          CROSS JOIN LATERAL (SELECT 1 FROM vigia.chain_logs AS l
                               WHERE l.chain_id = $1 AND l.contract = $2 AND l.escrow_id = given.escrow_id
                                 AND l.block_number < $4 LIMIT 1) AS log`,
        [of.chainId, of.contract, escrowIds, beforeBlock],
      );
      return rows.map(({ escrowId }) => escrowId);
    },
    async escrowsIn(of, fromBlock, toBlock) {
      const { rows } = await sql.query<{ escrowId: string }>(
        `SELECT DISTINCT escrow_id AS "escrowId" FROM vigia.chain_logs
          WHERE chain_id = $1 AND ${OF_CONTRACT} AND ${IN_RANGE} AND escrow_id IS NOT NULL`,
        [of.chainId, of.contract, fromBlock, toBlock],
      );
      return rows.map(({ escrowId }) => escrowId);
    },
    async creationsOf(of, escrowIds, events) {
      const { rows } = await sql.query<ChainLog>(
        `SELECT DISTINCT ON (escrow_id) ${LOG_COLUMNS} FROM vigia.chain_logs
          WHERE chain_id = $1 AND contract = $2 AND escrow_id = ANY($3::text[]) AND event = ANY($4::text[])
          ORDER BY escrow_id, block_number, log_index`,
        [of.chainId, of.contract, escrowIds, events],
      );
      return rows;
    },
  };
}

/** Where another log says of which escrow a log speaks, the record may know it already, and the log does not. */
function isSameLog(given: ChainLog | undefined, recorded: ChainLog | undefined): boolean {
  if (!given || !recorded) return false;
  const isLinked = given.linkKey !== null && given.linkKey === recorded.linkKey;
  return isDeepStrictEqual(isLinked ? { ...given, escrowId: recorded.escrowId } : given, recorded);
}

function placeOf({ blockNumber, logIndex }: ChainLog): string {
  return `${blockNumber}:${logIndex}`;
}

async function deleteLogs(sql: Queryable, of: ContractKey, logs: readonly ChainLog[]): Promise<void> {
  if (logs.length === 0) return;
  await sql.query(
    `DELETE FROM vigia.chain_logs
      WHERE chain_id = $1 AND contract = $2
        AND (block_number, log_index) IN (SELECT * FROM unnest($3::bigint[], $4::integer[]))`,
    [of.chainId, of.contract, logs.map((log) => log.blockNumber), logs.map((log) => log.logIndex)],
  );
}

async function insertLogs(sql: BulkQueryable, of: ContractKey, logs: readonly ChainLog[]): Promise<void> {
  if (logs.length === 0) return;
  await sql.copy(
    `vigia.chain_logs (chain_id, contract, block_number, log_index, block_hash, transaction_hash, address, event,
                       escrow_id, link_key, arguments, mined_at)`,
    logs.map((log) => [
      of.chainId,
      of.contract,
      log.blockNumber,
      log.logIndex,
      log.blockHash,
      log.transactionHash,
      log.address === of.contract ? null : log.address,
      log.event,
      log.escrowId,
      log.linkKey,
      JSON.stringify(log.arguments),
      log.minedAt.toISOString(),
    ]),
  );
}
