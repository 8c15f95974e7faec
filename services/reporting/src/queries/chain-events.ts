import type { Queryable } from "@vigia/database";
import type { ChainAnswer, Resync } from "../answers.ts";

/** Rests on the index `event_feed_subject`. */
export async function countDetections(sql: Queryable, withinDays: number): Promise<ChainAnswer["detections"]> {
  const { rows } = await sql.query<ChainAnswer["detections"][number]>(
    `SELECT kind, count(*) AS count, max(at) AS "lastAt"
       FROM (SELECT split_part(subject, '.', 4) AS kind, at FROM vigia.event_feed
              WHERE subject LIKE 'vigia.event.chain.reorged.%' OR subject LIKE 'vigia.event.chain.drifted.%'
                 OR subject LIKE 'vigia.event.provider.degraded.%'
              UNION ALL
             SELECT 'missing-log', found_at FROM vigia.missing_logs) AS detected
      WHERE at > now() - make_interval(days => $1)
      GROUP BY kind ORDER BY kind`,
    [withinDays],
  );
  return rows;
}

/** How far each resync came, by what it told last. Rests on the index `event_feed_subject`. */
export async function listResyncs(sql: Queryable, withinDays: number, limit: number): Promise<readonly Resync[]> {
  const { rows } = await sql.query<Resync>(
    `SELECT told.*, coalesce((
            SELECT split_part(subject, '.', 4) FROM vigia.event_feed
             WHERE subject IN ('vigia.event.command.accepted.chain-sync.resync',
                               'vigia.event.command.completed.chain-sync.resync',
                               'vigia.event.command.failed.chain-sync.resync')
               AND payload->>'commandId' = "commandId"
             ORDER BY subject LIKE '%.accepted.%', position DESC LIMIT 1), 'accepted') AS status
       FROM (SELECT DISTINCT ON (payload->>'commandId', payload->>'contract')
                    payload->>'commandId' AS "commandId", (payload->>'chainId')::bigint AS "chainId",
                    payload->>'contract' AS contract, (payload->>'fromBlock')::bigint AS "fromBlock",
                    (payload->>'toBlock')::bigint AS "toBlock", (payload->>'doneBlock')::bigint AS "doneBlock",
                    (payload->>'logs')::bigint AS logs, at
               FROM vigia.event_feed
              WHERE subject LIKE 'vigia.event.chain.resync-progress.%' AND at > now() - make_interval(days => $1)
              ORDER BY payload->>'commandId', payload->>'contract', position DESC) AS told
      ORDER BY at DESC LIMIT $2`,
    [withinDays, limit],
  );
  return rows;
}
