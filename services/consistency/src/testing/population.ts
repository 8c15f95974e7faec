import type { Queryable } from "@vigia/database";

/** Copies each trade that is there, with its escrow, its dispute and all that is on record of them, so many times. */
export async function multiply(sql: Queryable, copies: number): Promise<void> {
  const { rows } = await sql.query<{ stride: number }>(
    "SELECT coalesce(max(log_index), 0) + 1 AS stride FROM vigia.chain_logs",
  );
  const stride = rows[0]?.stride;
  for (const { table, changes } of COPIED) {
    const key = changes.map(([column, value]) => `'${column}', ${value}`);
    // A row's own number is the table's to give.
    const columns = await columnsOf(sql, table);
    await sql.query(
      `INSERT INTO ${table} (${columns})
       SELECT ${columns.map((column) => `copy.${column}`)}
         FROM ${table} AS o
        CROSS JOIN generate_series(1, $1::int) AS k
        CROSS JOIN LATERAL (SELECT $2::int AS stride) AS log
        CROSS JOIN LATERAL jsonb_populate_record(o, jsonb_build_object(${key})) AS copy`,
      [copies, stride],
    );
    await sql.query(`ANALYZE ${table}`);
  }
}

const idOf = (column: string) => `md5(o.${column}::text || k)::uuid`;
const keyOf = (column: string) => `'0x' || encode(sha256(convert_to(o.${column} || k, 'UTF8')), 'hex')`;
const placeOf = (column: string) => `o.${column} + k * log.stride`;

const COPIED: readonly { table: string; changes: readonly (readonly [string, string])[] }[] = [
  {
    table: "marketplace.orders",
    changes: [
      ["id", idOf("id")],
      ["trade_key", keyOf("trade_key")],
    ],
  },
  { table: "marketplace.order_history", changes: [["order_id", idOf("order_id")]] },
  {
    table: "marketplace.disputes",
    changes: [
      ["id", idOf("id")],
      ["order_id", idOf("order_id")],
    ],
  },
  {
    table: "vigia.escrows",
    changes: [
      ["escrow_id", keyOf("escrow_id")],
      ["order_id", idOf("order_id")],
      ["updated_log", placeOf("updated_log")],
    ],
  },
  {
    table: "vigia.escrow_transitions",
    changes: [
      ["escrow_id", keyOf("escrow_id")],
      ["log_index", placeOf("log_index")],
    ],
  },
  {
    table: "vigia.chain_logs",
    changes: [
      ["escrow_id", keyOf("escrow_id")],
      ["log_index", placeOf("log_index")],
      ["transaction_hash", keyOf("transaction_hash")],
    ],
  },
];

async function columnsOf(sql: Queryable, table: string): Promise<string[]> {
  const { rows } = await sql.query<{ name: string }>(
    `SELECT attname::text AS name FROM pg_attribute
      WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped AND attidentity = '' ORDER BY attnum`,
    [table],
  );
  return rows.map(({ name }) => name);
}
