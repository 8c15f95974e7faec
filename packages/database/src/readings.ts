import type { EscrowStatus } from "@vigia/messages";
import type { ChainLog, ContractKey } from "./chain.ts";
import type { Queryable } from "./queryable.ts";

/** What the contract said of an escrow whose row said otherwise. */
export interface EscrowReading {
  readonly escrowId: string;
  readonly recordedStatus: string;
  readonly recordedBalance: string;
  /** `absent`: the contract does not have the escrow; then there is no balance. */
  readonly status: string;
  readonly balance: string | null;
  /** Whether the logs on record lead to it. */
  readonly told: boolean;
}

/** What a contract, with those that belong to it, holds of a token. Amounts are in the token's smallest unit. */
export interface Holding {
  readonly token: string;
  readonly held: string;
}

export interface Balance extends Holding {
  /** By the rows of the escrows that are alive. */
  readonly owed: string;
}

export interface CodeReading {
  readonly address: string;
  /** `null`: there is no contract. */
  readonly digest: string | null;
  /** The contract to which it hands calls on; zero where it does not. */
  readonly implementation: string;
}

/** What chain-sync read besides logs, kept for those who may not ask the chain themselves. */
export interface Readings {
  /** Keeps the last reading of each escrow that differed from its row. */
  keepEscrows(of: ContractKey, block: number, readings: readonly EscrowReading[]): Promise<void>;
  /** Forgets that the contract did not have these escrows: it has. */
  forgetAbsent(of: ContractKey, escrowIds: readonly string[]): Promise<void>;
  /** The tokens of escrows in one of these states, then those that were looked at before. Reads through `escrows_status`. */
  tokensOf(of: ContractKey, statuses: readonly EscrowStatus[], limit: number): Promise<string[]>;
  /** What escrows in one of these states are owed of each token, beside what the contract holds of it. */
  balancesOf(of: ContractKey, holdings: readonly Holding[], statuses: readonly EscrowStatus[]): Promise<Balance[]>;
  /** Keeps these balances in the place of all earlier ones. */
  keepBalances(of: ContractKey, block: number, balances: readonly Balance[]): Promise<void>;
  /** Keeps each code that is another than the last one kept of its address. That there is none yet is not kept. */
  keepCodes(of: ContractKey, block: number, codes: readonly CodeReading[]): Promise<void>;
  /** The block up to which all have been read a second time; -1: none has. */
  auditedBlock(of: ContractKey): Promise<number>;
  noteAudited(of: ContractKey, toBlock: number): Promise<void>;
  /** Keeps those of these logs that are not on record, or not as they are, and returns how many they are. */
  keepMissing(of: ContractKey, logs: readonly ChainLog[]): Promise<number>;
  /** No log of these blocks is missing: their record was made anew. */
  forgetMissing(of: ContractKey, fromBlock: number, toBlock: number): Promise<void>;
  /** Forgets what was read at the blocks after this one: they were undone. */
  undoAfter(of: ContractKey, block: number): Promise<void>;
}

export function readings(sql: Queryable): Readings {
  return {
    ...ofEscrows(sql),
    ...ofBalances(sql),
    ...ofCodes(sql),
    ...audits(sql),
    async undoAfter(of, block) {
      for (const table of ["escrow_readings", "contract_balances", "contract_codes"]) {
        await sql.query(`DELETE FROM vigia.${table} WHERE chain_id = $1 AND contract = $2 AND block_number > $3`, [
          ...[of.chainId, of.contract, block],
        ]);
      }
    },
  };
}

function ofEscrows(sql: Queryable): Pick<Readings, "keepEscrows" | "forgetAbsent"> {
  return {
    async keepEscrows(of, block, given) {
      if (given.length === 0) return;
      await sql.query(
        `INSERT INTO vigia.escrow_readings (chain_id, contract, block_number, escrow_id, recorded_status,
                                            recorded_balance, status, balance, told)
         SELECT $1, $2, $3, * FROM unnest($4::text[], $5::text[], $6::numeric[], $7::text[], $8::numeric[], $9::boolean[])
             ON CONFLICT (chain_id, contract, escrow_id) DO UPDATE
            SET block_number = excluded.block_number, recorded_status = excluded.recorded_status,
                recorded_balance = excluded.recorded_balance, status = excluded.status, balance = excluded.balance,
                told = excluded.told, read_at = now()`,
        [
          ...[of.chainId, of.contract, block],
          given.map((reading) => reading.escrowId),
          given.map((reading) => reading.recordedStatus),
          given.map((reading) => reading.recordedBalance),
          given.map((reading) => reading.status),
          given.map((reading) => reading.balance),
          given.map((reading) => reading.told),
        ],
      );
    },
    async forgetAbsent(of, escrowIds) {
      await sql.query(
        `DELETE FROM vigia.escrow_readings
          WHERE chain_id = $1 AND contract = $2 AND escrow_id = ANY($3::text[]) AND status = 'absent'`,
        [of.chainId, of.contract, escrowIds],
      );
    },
  };
}

function ofBalances(sql: Queryable): Pick<Readings, "tokensOf" | "balancesOf" | "keepBalances"> {
  return {
    async tokensOf(of, statuses, limit) {
      const { rows } = await sql.query<{ token: string }>(
        `SELECT token FROM (SELECT lower(token) AS token, true AS is_owed FROM vigia.escrows
                             WHERE chain_id = $1 AND contract = $2 AND status = ANY($3::text[])
                             UNION SELECT token, false FROM vigia.contract_balances
                             WHERE chain_id = $1 AND contract = $2) AS known
          GROUP BY token ORDER BY bool_or(is_owed) DESC, token LIMIT $4`,
        [of.chainId, of.contract, statuses, limit],
      );
      return rows.map(({ token }) => token);
    },
    async balancesOf(of, holdings, statuses) {
      const { rows } = await sql.query<Balance>(
        `SELECT given.token, given.held::text AS held, COALESCE(owed.sum, 0)::text AS owed
           FROM unnest($3::text[], $4::numeric[]) AS given (token, held)
           LEFT JOIN (SELECT lower(token) AS token, sum(balance) AS sum FROM vigia.escrows
                       WHERE chain_id = $1 AND contract = $2 AND status = ANY($5::text[]) GROUP BY 1) AS owed USING (token)`,
        [of.chainId, of.contract, holdings.map(({ token }) => token), holdings.map(({ held }) => held), statuses],
      );
      return rows;
    },
    async keepBalances(of, block, balances) {
      await sql.query(`DELETE FROM vigia.contract_balances WHERE chain_id = $1 AND contract = $2`, [
        ...[of.chainId, of.contract],
      ]);
      await sql.query(
        `INSERT INTO vigia.contract_balances (chain_id, contract, block_number, token, held, owed)
         SELECT $1, $2, $3, * FROM unnest($4::text[], $5::numeric[], $6::numeric[])`,
        [
          ...[of.chainId, of.contract, block],
          balances.map(({ token }) => token),
          balances.map(({ held }) => held),
          balances.map(({ owed }) => owed),
        ],
      );
    },
  };
}

function ofCodes(sql: Queryable): Pick<Readings, "keepCodes"> {
  return {
    async keepCodes(of, block, codes) {
      await sql.query(
        `INSERT INTO vigia.contract_codes (chain_id, contract, block_number, address, code_digest, implementation)
         SELECT $1, $2, $3, given.address, COALESCE(given.digest, 'none'), given.implementation
           FROM unnest($4::text[], $5::text[], $6::text[]) AS given (address, digest, implementation)
           LEFT JOIN LATERAL (SELECT code_digest, implementation FROM vigia.contract_codes
                               WHERE chain_id = $1 AND contract = $2 AND address = given.address
                               ORDER BY block_number DESC LIMIT 1) AS last ON true
          WHERE CASE WHEN last.code_digest IS NULL THEN given.digest IS NOT NULL
                     ELSE (last.code_digest, last.implementation)
                          <> (COALESCE(given.digest, 'none'), given.implementation) END
             ON CONFLICT DO NOTHING`,
        [
          ...[of.chainId, of.contract, block],
          codes.map(({ address }) => address),
          codes.map(({ digest }) => digest),
          codes.map(({ implementation }) => implementation),
        ],
      );
    },
  };
}

function audits(sql: Queryable): Pick<Readings, "auditedBlock" | "noteAudited" | "keepMissing" | "forgetMissing"> {
  return {
    async auditedBlock(of) {
      const { rows } = await sql.query<{ audited: number }>(
        `SELECT audited_block AS audited FROM vigia.chain_cursors WHERE chain_id = $1 AND contract = $2`,
        [of.chainId, of.contract],
      );
      return rows[0]?.audited ?? -1;
    },
    async noteAudited(of, toBlock) {
      await sql.query(`UPDATE vigia.chain_cursors SET audited_block = $3 WHERE chain_id = $1 AND contract = $2`, [
        ...[of.chainId, of.contract, toBlock],
      ]);
    },
    async keepMissing(of, logs) {
      const { rowCount } = await sql.query(
        `INSERT INTO vigia.missing_logs (chain_id, contract, block_number, log_index, event, escrow_id, transaction_hash)
         SELECT $1, $2, given.block_number, given.log_index, given.event, given.escrow_id, given.transaction_hash
           FROM unnest($3::bigint[], $4::integer[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[])
                  AS given (block_number, log_index, event, escrow_id, transaction_hash, address, arguments)
          WHERE NOT EXISTS (SELECT 1 FROM vigia.chain_logs AS l
                             WHERE l.chain_id = $1 AND l.block_number = given.block_number
                               AND l.log_index = given.log_index AND l.transaction_hash = given.transaction_hash
                               AND l.event = given.event AND l.arguments = given.arguments::jsonb
                               AND COALESCE(l.address, l.contract) = given.address)
             ON CONFLICT DO NOTHING`,
        [
          ...[of.chainId, of.contract],
          logs.map((log) => log.blockNumber),
          logs.map((log) => log.logIndex),
          logs.map((log) => log.event),
          logs.map((log) => log.escrowId),
          logs.map((log) => log.transactionHash),
          logs.map((log) => log.address),
          logs.map((log) => JSON.stringify(log.arguments)),
        ],
      );
      return rowCount;
    },
    async forgetMissing(of, fromBlock, toBlock) {
      await sql.query(
        `DELETE FROM vigia.missing_logs WHERE chain_id = $1 AND contract = $2 AND block_number BETWEEN $3 AND $4`,
        [of.chainId, of.contract, fromBlock, toBlock],
      );
    },
  };
}
