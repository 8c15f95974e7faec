import type { Queryable } from "./queryable.ts";

export interface EndpointUntruth {
  readonly chainId: number;
  readonly endpoint: string;
  /** What was wrong with its answer, as it is counted. */
  readonly kind: string;
  readonly message: string;
}

/** Notes that an endpoint's answer was untrue. After five minutes without, the same untruth counts as a new one. */
export async function noteUntruth(
  sql: Queryable,
  { chainId, endpoint, kind, message }: EndpointUntruth,
): Promise<void> {
  await sql.query(
    `INSERT INTO vigia.endpoint_untruths AS known (chain_id, endpoint, kind, message) VALUES ($1, $2, $3, $4)
         ON CONFLICT (chain_id, endpoint, kind) DO UPDATE
        SET message = excluded.message, last_at = now(),
            first_at = CASE WHEN known.last_at < now() - interval '5 minutes' THEN now() ELSE known.first_at END`,
    [chainId, endpoint, kind, message],
  );
}
