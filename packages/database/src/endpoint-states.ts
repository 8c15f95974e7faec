import type { Queryable } from "./queryable.ts";

export interface EndpointState {
  readonly chainId: number;
  readonly endpoint: string;
  readonly status: "well" | "degraded";
  readonly reason: string;
}

/** The endpoints of a chain, in the order in which they are asked, as they count at a start: all well, and no others. */
export async function keepEndpoints(sql: Queryable, chainId: number, endpoints: readonly string[]): Promise<void> {
  await sql.query(
    `WITH gone AS (DELETE FROM vigia.endpoint_states WHERE chain_id = $1 AND endpoint <> ALL($2::text[]))
     INSERT INTO vigia.endpoint_states AS known (chain_id, endpoint, place, status)
     SELECT $1, endpoint, place, 'well' FROM unnest($2::text[]) WITH ORDINALITY AS configured (endpoint, place)
         ON CONFLICT (chain_id, endpoint) DO UPDATE
        SET place = excluded.place, status = 'well', reason = NULL,
            since = CASE known.status WHEN 'well' THEN known.since ELSE now() END`,
    [chainId, endpoints],
  );
}

/** Notes how an endpoint is now; one that is not kept stays unknown. */
export async function noteState(sql: Queryable, { chainId, endpoint, status, reason }: EndpointState): Promise<void> {
  await sql.query(
    `UPDATE vigia.endpoint_states SET status = $3, reason = $4, since = now() WHERE chain_id = $1 AND endpoint = $2`,
    [chainId, endpoint, status, reason],
  );
}
