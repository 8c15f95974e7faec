import { type Sql, sql } from "../../sql.ts";

/** What contracts hold and owe of a token, both as of one block. The table holds a row for each token of each contract. */
export function balances(where: Sql): Sql {
  return sql`
    SELECT concat_ws(':', b.chain_id, b.contract, b.token) AS entity_id,
           jsonb_build_object('contract', b.contract, 'token', b.token,
                              'difference', (b.held - b.owed)::text) AS evidence
      FROM vigia.contract_balances AS b
     WHERE ${where}`;
}
