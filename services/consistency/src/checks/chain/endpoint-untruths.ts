import { type Sql, sql } from "../../sql.ts";

/** An endpoint that has told no untruth for as long is believed again. */
const BELIEVED_AGAIN_SECONDS = 3_600;

/** Endpoints that were found untrue in one of these ways lately. The table holds a row for each way of each endpoint. */
export function untruthfulEndpoints(now: Date, kind: Sql): Sql {
  return sql`
    SELECT concat_ws(':', u.chain_id, u.endpoint) AS entity_id,
           jsonb_build_object('kinds', jsonb_agg(u.kind ORDER BY u.kind)) AS evidence
      FROM vigia.endpoint_untruths AS u
     WHERE u.last_at > ${new Date(now.getTime() - BELIEVED_AGAIN_SECONDS * 1_000)} AND ${kind}
     GROUP BY u.chain_id, u.endpoint`;
}
