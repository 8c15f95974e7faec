import type { Queryable } from "./queryable.ts";

export interface EndpointLimit {
  readonly chainId: number;
  readonly endpoint: string;
  /** The most blocks of one range. */
  readonly blockLimit: number;
}

/** A limit that is older than this is learnt anew: providers change them. */
const KEPT = "30 days";

/** What was learnt of a chain's endpoints, by their names. */
export async function endpointLimits(sql: Queryable, chainId: number): Promise<Map<string, number>> {
  const { rows } = await sql.query<EndpointLimit>(
    `SELECT endpoint, block_limit AS "blockLimit" FROM vigia.endpoint_limits
      WHERE chain_id = $1 AND learnt_at > now() - interval '${KEPT}'`,
    [chainId],
  );
  return new Map(rows.map(({ endpoint, blockLimit }) => [endpoint, blockLimit]));
}

export async function noteLimit(sql: Queryable, { chainId, endpoint, blockLimit }: EndpointLimit): Promise<void> {
  await sql.query(
    `INSERT INTO vigia.endpoint_limits (chain_id, endpoint, block_limit) VALUES ($1, $2, $3)
         ON CONFLICT (chain_id, endpoint) DO UPDATE SET block_limit = excluded.block_limit, learnt_at = now()`,
    [chainId, endpoint, blockLimit],
  );
}
