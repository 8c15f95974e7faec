import { type EscrowStatus, ORDER_STATUSES } from "@vigia/messages";
import type { ContractKey } from "./chain.ts";
import type { Escrow, StatusSource } from "./entities/escrow.ts";
import type { BulkQueryable, Queryable } from "./queryable.ts";

/** What the chain says of an escrow. */
export type EscrowFacts = Pick<
  Escrow,
  | "escrowId"
  | "status"
  | "sellerAddress"
  | "buyerAddress"
  | "token"
  | "amount"
  | "balance"
  | "createdBlock"
  | "updatedBlock"
  | "updatedLog"
  | "statusSource"
  | "statusSince"
>;

export interface EscrowTransition {
  readonly escrowId: string;
  readonly fromStatus: EscrowStatus | null;
  readonly toStatus: EscrowStatus;
  readonly blockNumber: number;
  /** `null`: not told by a log. */
  readonly logIndex: number | null;
  readonly at: Date;
}

/** Where and by what a transition came to be known. */
export type TransitionSource = StatusSource | "reorg";

export interface EscrowOrder {
  readonly escrowId: string;
  readonly orderId: string;
}

export interface Escrows {
  /** These escrows' rows in the order of their ids, held for the rest of the transaction. */
  lock(of: ContractKey, escrowIds: readonly string[]): Promise<Escrow[]>;
  /** These escrows' rows as they are just now. */
  find(of: ContractKey, escrowIds: readonly string[]): Promise<Escrow[]>;
  /** Inserts or replaces what the chain says; links to orders and verifications stay. */
  save(of: ContractKey, escrows: readonly EscrowFacts[]): Promise<void>;
  /** Removes escrows that the chain does not have, with their verification and link. */
  remove(of: ContractKey, escrowIds: readonly string[]): Promise<void>;
  /** Records what logs told, and returns the transitions that were not recorded before, in the order given. */
  recordNew<T extends EscrowTransition>(of: ContractKey, transitions: readonly T[]): Promise<T[]>;
  record(of: ContractKey, source: TransitionSource, transitions: readonly EscrowTransition[]): Promise<void>;
  /** Whether the last transition on record of any of these escrows lies at this block, or after it. */
  haveTransitionsFrom(of: ContractKey, escrowIds: readonly string[], block: number): Promise<boolean>;
  /** Forgets what blocks after `block` told of these escrows: those blocks are not of the chain any more. */
  forgetTransitions(of: ContractKey, escrowIds: readonly string[], block: number): Promise<void>;
  /** Every state that these escrows were in, by the blocks that are not undone. Those that are gone were in none. */
  reached(of: ContractKey, escrowIds: readonly string[]): Promise<ReadonlyMap<string, readonly EscrowStatus[]>>;
  /**
   * Links escrows that have no order to the one order of their chain, and of their contract where the order names one,
   * whose trade key is their id: those with these ids, those of orders that changed at `since` or after, or all.
   */
  linkOrders(of: ContractKey, which: readonly string[] | { readonly since: Date } | "all"): Promise<EscrowOrder[]>;
  /** The escrows that began, or last changed, within a range of blocks. Reads through `escrows_begun` and `escrows_changed`. */
  within(of: ContractKey, fromBlock: number, toBlock: number): Promise<string[]>;
  /** Notes that the contract's own state was compared at this block. */
  markVerified(of: ContractKey, escrowIds: readonly string[], block: number): Promise<void>;
  /**
   * The next ids after `afterId` of escrows that were not compared with the contract since they last changed, or that
   * changed in a block that was mined after `since`. Reads through `escrows_uncompared` and `escrows_changed`.
   */
  toVerify(of: ContractKey, since: Date, afterId: string, limit: number): Promise<string[]>;
  /** The next ids after `afterId` of escrows in one of these states, or whose state is newer than `since`. */
  toReconcile(
    of: ContractKey,
    statuses: readonly EscrowStatus[],
    since: Date,
    afterId: string,
    limit: number,
  ): Promise<string[]>;
}

const COLUMNS = `chain_id AS "chainId", contract, escrow_id AS "escrowId", order_id AS "orderId", status,
                 seller_address AS "sellerAddress", buyer_address AS "buyerAddress", token, amount, balance,
                 created_block AS "createdBlock", updated_block AS "updatedBlock", updated_log AS "updatedLog",
                 status_source AS "statusSource", status_since AS "statusSince", verified_block AS "verifiedBlock",
                 verified_at AS "verifiedAt", created_at AS "createdAt", updated_at AS "updatedAt"`;

/** Order `o` claims escrow `e`. A marketplace need not have the column `escrow_contract`: its table may be a view. */
const CLAIMS = `o.trade_key = e.escrow_id AND o.chain_id = e.chain_id
                AND lower(COALESCE(to_jsonb(o) ->> 'escrow_contract', e.contract)) = e.contract`;

export function escrows(sql: BulkQueryable): Escrows {
  return { ...rows(sql), ...links(sql), ...transitions(sql), ...comparisons(sql) };
}

/** In words that no index can take: without statistics, the whole of a contract looks as good as a few of its blocks. */
const OF_CONTRACT = "(contract = $2) IS TRUE";

function rows(sql: Queryable): Pick<Escrows, "lock" | "find" | "save" | "remove" | "within"> {
  const read = async (
    of: ContractKey,
    escrowIds: readonly string[],
    lock: "OFFSET 0" | "FOR UPDATE",
  ): Promise<Escrow[]> => {
    // Row by row through the key: without statistics, a list of ids is looked for in all of the contract's.
    const { rows: found } = await sql.query<Escrow>(
      `SELECT ${COLUMNS} FROM (SELECT DISTINCT unnest($3::text[]) AS id ORDER BY id) AS given
        CROSS JOIN LATERAL (SELECT * FROM vigia.escrows
                             WHERE chain_id = $1 AND contract = $2 AND escrow_id = given.id ${lock}) AS escrow`,
      [of.chainId, of.contract, escrowIds],
    );
    return found;
  };
  return {
    lock: (of, escrowIds) => read(of, escrowIds, "FOR UPDATE"),
    find: (of, escrowIds) => read(of, escrowIds, "OFFSET 0"),
    async save(of, facts) {
      if (facts.length === 0) return;
      await sql.query(
        `INSERT INTO vigia.escrows (chain_id, contract, escrow_id, status, seller_address, buyer_address, token, amount,
                                    balance, created_block, updated_block, updated_log, status_source, status_since)
         SELECT $1, $2, * FROM unnest($3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::numeric[],
                                      $9::numeric[], $10::bigint[], $11::bigint[], $12::integer[], $13::text[],
                                      $14::timestamptz[])
             ON CONFLICT (chain_id, contract, escrow_id) DO UPDATE
            SET status = excluded.status, seller_address = excluded.seller_address,
                buyer_address = excluded.buyer_address, token = excluded.token, amount = excluded.amount,
                balance = excluded.balance, created_block = excluded.created_block,
                updated_block = excluded.updated_block, updated_log = excluded.updated_log,
                status_source = excluded.status_source, status_since = excluded.status_since, updated_at = now()`,
        [of.chainId, of.contract, ...factColumns(facts)],
      );
    },
    async remove(of, escrowIds) {
      if (escrowIds.length === 0) return;
      await sql.query(
        `DELETE FROM vigia.escrows WHERE chain_id = $1 AND contract = $2 AND escrow_id = ANY($3::text[])`,
        [of.chainId, of.contract, escrowIds],
      );
    },
    async within(of, fromBlock, toBlock) {
      const found = await sql.query<{ escrowId: string }>(
        `SELECT escrow_id AS "escrowId" FROM vigia.escrows
          WHERE chain_id = $1 AND ${OF_CONTRACT} AND created_block BETWEEN $3 AND $4
          UNION
         SELECT escrow_id FROM vigia.escrows
          WHERE chain_id = $1 AND ${OF_CONTRACT} AND updated_block BETWEEN $3 AND $4`,
        [of.chainId, of.contract, fromBlock, toBlock],
      );
      return found.rows.map(({ escrowId }) => escrowId);
    },
  };
}

/** The one order that claims escrow `e`, found through `orders_trade_key`. */
const CLAIMING = `(SELECT o.id FROM marketplace.orders AS o WHERE ${CLAIMS})`;
const IS_ONE = `(SELECT count(*) FROM marketplace.orders AS o WHERE ${CLAIMS}) = 1`;

/** Reads through `escrows_order`. */
const LINK_ALL = `
  UPDATE vigia.escrows AS e SET order_id = ${CLAIMING}
   WHERE e.chain_id = $1 AND e.contract = $2 AND e.order_id IS NULL AND ${IS_ONE}
  RETURNING e.escrow_id AS "escrowId", e.order_id AS "orderId"`;

/** Each of these is read by its key: without statistics, a list of ids is looked for in all of the contract's. */
const linkEach = (given: string) => `
  WITH claimed AS (
    SELECT e.place, ${CLAIMING} AS order_id
      FROM ${given} AS given (id)
     CROSS JOIN LATERAL (SELECT ctid AS place, * FROM vigia.escrows
                          WHERE chain_id = $1 AND contract = $2 AND escrow_id = given.id AND order_id IS NULL
                         OFFSET 0) AS e
     WHERE ${IS_ONE}
  )
  UPDATE vigia.escrows AS e SET order_id = claimed.order_id FROM claimed WHERE e.ctid = claimed.place
  RETURNING e.escrow_id AS "escrowId", e.order_id AS "orderId"`;

const LINK_GIVEN = linkEach("unnest($3::text[])");

/** Reads the orders through `orders_status`. */
const LINK_CHANGED = linkEach(`(SELECT DISTINCT trade_key FROM marketplace.orders
                                 WHERE status = ANY($4::text[]) AND updated_at >= $3 AND chain_id = $1)`);

function links(sql: Queryable): Pick<Escrows, "linkOrders"> {
  return {
    async linkOrders(of, which) {
      const place = [of.chainId, of.contract];
      const link = async (text: string, ...values: unknown[]) =>
        (await sql.query<EscrowOrder>(text, [...place, ...values])).rows;
      if (which === "all") return link(LINK_ALL);
      if ("since" in which) return link(LINK_CHANGED, which.since, ORDER_STATUSES);
      return which.length === 0 ? [] : link(LINK_GIVEN, which);
    },
  };
}

const GIVEN_TRANSITIONS = `unnest($3::text[], $4::text[], $5::text[], $6::bigint[], $7::integer[], $8::timestamptz[])
                             WITH ORDINALITY
                             AS given (escrow_id, from_status, to_status, block_number, log_index, at, position)`;

function transitions(
  sql: BulkQueryable,
): Pick<Escrows, "record" | "recordNew" | "haveTransitionsFrom" | "forgetTransitions" | "reached"> {
  return {
    async record(of, source, given) {
      if (given.length === 0) return;
      await sql.copy(
        `vigia.escrow_transitions (chain_id, contract, escrow_id, from_status, to_status, source, block_number,
                                   log_index, at)`,
        given.map(({ escrowId, fromStatus, toStatus, blockNumber, logIndex, at }) => [
          of.chainId,
          of.contract,
          escrowId,
          fromStatus,
          toStatus,
          source,
          blockNumber,
          logIndex,
          at.toISOString(),
        ]),
      );
    },
    async haveTransitionsFrom(of, escrowIds, block) {
      // One step through `escrow_transitions_escrow` for each escrow, however long its history.
      const { rows: found } = await sql.query(
        `SELECT 1 FROM unnest($3::text[]) AS given (escrow_id)
          CROSS JOIN LATERAL (SELECT block_number FROM vigia.escrow_transitions AS t
                               WHERE t.chain_id = $1 AND t.contract = $2 AND t.escrow_id = given.escrow_id
                               ORDER BY t.id DESC LIMIT 1) AS last
          WHERE last.block_number >= $4 LIMIT 1`,
        [of.chainId, of.contract, escrowIds, block],
      );
      return found.length > 0;
    },
    async recordNew(of, given) {
      if (given.length === 0) return [];
      const added = await sql.query<{ key: string }>(
        `INSERT INTO vigia.escrow_transitions (chain_id, contract, escrow_id, from_status, to_status, source,
                                               block_number, log_index, at)
         SELECT $1, $2, escrow_id, from_status, to_status, 'event', block_number, log_index, at
           FROM ${GIVEN_TRANSITIONS}
          WHERE NOT EXISTS (SELECT 1 FROM vigia.escrow_transitions AS known
                             WHERE known.chain_id = $1 AND known.contract = $2 AND known.escrow_id = given.escrow_id
                               AND known.source = 'event' AND known.to_status = given.to_status
                               AND known.block_number = given.block_number AND known.log_index = given.log_index)
          ORDER BY position
         RETURNING block_number || ':' || log_index AS key`,
        [of.chainId, of.contract, ...transitionColumns(given)],
      );
      const keys = new Set(added.rows.map(({ key }) => key));
      return given.filter(({ blockNumber, logIndex }) => keys.has(`${blockNumber}:${logIndex}`));
    },
    async reached(of, escrowIds) {
      const { rows: found } = await sql.query<{ escrowId: string; statuses: EscrowStatus[] }>(
        `SELECT escrow_id AS "escrowId", array_agg(DISTINCT to_status) AS statuses FROM vigia.escrow_transitions
          WHERE chain_id = $1 AND contract = $2 AND escrow_id = ANY($3::text[]) AND source <> 'reorg'
          GROUP BY escrow_id`,
        [of.chainId, of.contract, escrowIds],
      );
      return new Map(found.map(({ escrowId, statuses }) => [escrowId, statuses]));
    },
    async forgetTransitions(of, escrowIds, block) {
      await sql.query(
        `DELETE FROM vigia.escrow_transitions
          WHERE chain_id = $1 AND contract = $2 AND escrow_id = ANY($3::text[]) AND block_number > $4
            AND source <> 'reorg'`,
        [of.chainId, of.contract, escrowIds, block],
      );
    },
  };
}

function comparisons(sql: Queryable): Pick<Escrows, "markVerified" | "toVerify" | "toReconcile"> {
  const ids = async (text: string, values: readonly unknown[]): Promise<string[]> => {
    const found = await sql.query<{ escrowId: string }>(text, values);
    return found.rows.map(({ escrowId }) => escrowId);
  };
  return {
    async markVerified(of, escrowIds, block) {
      await sql.query(
        `UPDATE vigia.escrows SET verified_block = $4, verified_at = now()
          WHERE chain_id = $1 AND contract = $2 AND escrow_id = ANY($3::text[])`,
        [of.chainId, of.contract, escrowIds, block],
      );
    },
    toVerify: (of, since, afterId, limit) =>
      ids(
        `WITH earlier AS (
           SELECT block_number FROM vigia.chain_logs WHERE chain_id = $1 AND mined_at < $3
            ORDER BY chain_id DESC, block_number DESC LIMIT 1
         ), recent AS MATERIALIZED (
           SELECT escrow_id FROM vigia.escrows
            WHERE chain_id = $1 AND ${OF_CONTRACT} AND updated_block > coalesce((SELECT block_number FROM earlier), -1)
         )
         SELECT escrow_id AS "escrowId" FROM recent WHERE escrow_id > $4
          UNION
         (SELECT escrow_id FROM vigia.escrows
           WHERE chain_id = $1 AND contract = $2 AND escrow_id > $4
             AND (verified_block IS NULL OR verified_block < updated_block)
           ORDER BY escrow_id LIMIT $5)
          ORDER BY "escrowId" LIMIT $5`,
        [of.chainId, of.contract, since.toISOString(), afterId, limit],
      ),
    toReconcile: (of, statuses, since, afterId, limit) =>
      ids(
        `SELECT escrow_id AS "escrowId" FROM vigia.escrows
          WHERE chain_id = $1 AND contract = $2 AND escrow_id > $5 AND (status = ANY($3::text[]) OR status_since >= $4)
          ORDER BY escrow_id
          LIMIT $6`,
        [of.chainId, of.contract, statuses, since.toISOString(), afterId, limit],
      ),
  };
}

function factColumns(facts: readonly EscrowFacts[]): unknown[] {
  return [
    facts.map((escrow) => escrow.escrowId),
    facts.map((escrow) => escrow.status),
    facts.map((escrow) => escrow.sellerAddress),
    facts.map((escrow) => escrow.buyerAddress),
    facts.map((escrow) => escrow.token),
    facts.map((escrow) => escrow.amount),
    facts.map((escrow) => escrow.balance),
    facts.map((escrow) => escrow.createdBlock),
    facts.map((escrow) => escrow.updatedBlock),
    facts.map((escrow) => escrow.updatedLog),
    facts.map((escrow) => escrow.statusSource),
    facts.map((escrow) => escrow.statusSince.toISOString()),
  ];
}

function transitionColumns(given: readonly EscrowTransition[]): unknown[] {
  return [
    given.map((transition) => transition.escrowId),
    given.map((transition) => transition.fromStatus),
    given.map((transition) => transition.toStatus),
    given.map((transition) => transition.blockNumber),
    given.map((transition) => transition.logIndex),
    given.map((transition) => transition.at.toISOString()),
  ];
}
