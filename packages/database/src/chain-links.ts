import type { ContractKey } from "./chain.ts";
import type { Queryable } from "./queryable.ts";

/** What a log says that others depend on: which escrow a key stands for, or what kind of contract an address is. */
export interface ChainLink {
  readonly link: "escrow" | "contract";
  readonly key: string;
  readonly value: string;
  readonly blockNumber: number;
  readonly logIndex: number;
}

export interface LinkChange {
  readonly link: ChainLink["link"];
  readonly key: string;
}

export interface AnnouncedContract {
  /** Lower case. */
  readonly address: string;
  readonly kind: string;
  /** Of the first announcement. */
  readonly blockNumber: number;
}

export interface ChainLinks {
  /** Makes the links that a range's logs tell equal to those given, and returns what was added or removed. */
  replaceLinks(of: ContractKey, fromBlock: number, toBlock: number, links: readonly ChainLink[]): Promise<LinkChange[]>;
  /** The contracts that were announced before a block, each once, in the order of their addresses. */
  announced(of: ContractKey, beforeBlock: number): Promise<AnnouncedContract[]>;
  /**
   * Names the escrow of each log that has one of these keys: the first log that told it decides. Returns the escrows
   * that gained or lost a log. Reads through `chain_logs_link` and the key of the links.
   */
  resolve(of: ContractKey, keys: readonly string[]): Promise<string[]>;
}

export function chainLinks(sql: Queryable): ChainLinks {
  return {
    async replaceLinks(of, fromBlock, toBlock, links) {
      const place = [of.chainId, of.contract, fromBlock, toBlock, ...linkColumns(links)];
      const gone = await sql.query<LinkChange>(
        `DELETE FROM vigia.chain_links
          WHERE chain_id = $1 AND contract = $2 AND block_number BETWEEN $3 AND $4
            AND (link, key, value, block_number, log_index) NOT IN (
                  SELECT * FROM unnest($5::text[], $6::text[], $7::text[], $8::bigint[], $9::integer[]))
         RETURNING link, key`,
        place,
      );
      const fresh = await sql.query<LinkChange>(
        `INSERT INTO vigia.chain_links (chain_id, contract, link, key, value, block_number, log_index)
         SELECT $1, $2, * FROM unnest($3::text[], $4::text[], $5::text[], $6::bigint[], $7::integer[])
             ON CONFLICT DO NOTHING
         RETURNING link, key`,
        [of.chainId, of.contract, ...linkColumns(links)],
      );
      return [...gone.rows, ...fresh.rows];
    },
    async announced(of, beforeBlock) {
      const { rows } = await sql.query<AnnouncedContract>(
        `SELECT DISTINCT ON (key) key AS address, value AS kind, block_number AS "blockNumber" FROM vigia.chain_links
          WHERE chain_id = $1 AND contract = $2 AND link = 'contract' AND block_number < $3
          ORDER BY key, block_number, log_index`,
        [of.chainId, of.contract, beforeBlock],
      );
      return rows;
    },
    async resolve(of, keys) {
      if (keys.length === 0) return [];
      const { rows } = await sql.query<{ escrowId: string | null }>(
        `WITH meant AS (
           SELECT l.block_number, l.log_index, l.escrow_id AS before,
                  (SELECT k.value FROM vigia.chain_links AS k
                    WHERE k.chain_id = $1 AND k.contract = $2 AND k.link = 'escrow' AND k.key = l.link_key
                    ORDER BY k.block_number, k.log_index LIMIT 1) AS after
             FROM vigia.chain_logs AS l
            WHERE l.chain_id = $1 AND l.contract = $2 AND l.link_key = ANY($3::text[])
         ), changed AS (
           UPDATE vigia.chain_logs AS l SET escrow_id = m.after FROM meant AS m
            WHERE l.chain_id = $1 AND l.block_number = m.block_number AND l.log_index = m.log_index
              AND m.before IS DISTINCT FROM m.after
           RETURNING m.before, m.after
         )
         SELECT before AS "escrowId" FROM changed UNION SELECT after FROM changed`,
        [of.chainId, of.contract, keys],
      );
      return rows.flatMap(({ escrowId }) => escrowId ?? []);
    },
  };
}

function linkColumns(links: readonly ChainLink[]): unknown[] {
  return [
    links.map(({ link }) => link),
    links.map(({ key }) => key),
    links.map(({ value }) => value),
    links.map(({ blockNumber }) => blockNumber),
    links.map(({ logIndex }) => logIndex),
  ];
}
