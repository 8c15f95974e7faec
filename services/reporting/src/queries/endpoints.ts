import type { Queryable } from "@vigia/database";
import type { ChainEndpoint } from "../answers.ts";

/** A handful of rows: one an endpoint, and one for each kind of what it said that is untrue. */
export async function listEndpoints(sql: Queryable, withinDays: number): Promise<readonly ChainEndpoint[]> {
  const { rows } = await sql.query<Omit<ChainEndpoint, "untruths">>(
    `SELECT chain_id AS "chainId", endpoint, status, since, reason, block_limit AS "blockLimit"
       FROM vigia.endpoint_states LEFT JOIN vigia.endpoint_limits USING (chain_id, endpoint)
      ORDER BY chain_id, place`,
  );
  const untruths = await sql.query<ChainEndpoint["untruths"][number] & Pick<ChainEndpoint, "chainId" | "endpoint">>(
    `SELECT chain_id AS "chainId", endpoint, kind, message, last_at AS "lastAt"
       FROM vigia.endpoint_untruths WHERE last_at > now() - make_interval(days => $1)
      ORDER BY last_at DESC`,
    [withinDays],
  );
  return rows.map((row) => ({
    ...row,
    untruths: untruths.rows
      .filter(({ chainId, endpoint }) => chainId === row.chainId && endpoint === row.endpoint)
      .map(({ kind, message, lastAt }) => ({ kind, message, lastAt })),
  }));
}
