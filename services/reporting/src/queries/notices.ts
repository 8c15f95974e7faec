import type { Queryable } from "@vigia/database";
import type { DeliveryStatus, Notice, NoticeDelivery, NoticePage } from "../answers.ts";

export interface NoticeFilter {
  readonly user?: string | undefined;
  readonly order?: string | undefined;
  /** Those that have such a delivery. */
  readonly delivery?: DeliveryStatus | undefined;
  /** The id of the last one of the page before. */
  readonly before?: string | undefined;
  readonly limit: number;
}

/** Newest first. Rests on the indexes `notifications_user`, `notifications_order`, `notifications_age`. */
export async function listNotices(sql: Queryable, filter: NoticeFilter): Promise<NoticePage> {
  const { user, order, delivery, before, limit } = filter;
  const { rows } = await sql.query<Omit<Notice, "deliveries">>(
    `SELECT id, user_id AS "userId", data->>'orderId' AS "orderId", kind, title, body, created_at AS at,
            read_at AS "readAt"
       FROM vigia.notifications AS notice
      WHERE ($1::uuid IS NULL OR user_id = $1)
        AND ($2::text IS NULL OR data->>'orderId' = $2)
        AND ($3::text IS NULL OR EXISTS (
            SELECT FROM vigia.deliveries
             WHERE notification_id = notice.id AND coalesce(outcome, 'waiting') = $3))
        AND ($4::uuid IS NULL OR (created_at, id) < (SELECT created_at, id FROM vigia.notifications WHERE id = $4))
      ORDER BY created_at DESC, id DESC
      LIMIT $5`,
    [user, order, delivery, before, limit + 1],
  );
  const shown = rows.slice(0, limit);
  const deliveries = await listDeliveries(
    sql,
    shown.map(({ id }) => id),
  );
  const notices = shown.map((notice) => ({ ...notice, deliveries: deliveries.get(notice.id) ?? [] }));
  return {
    notices,
    failed: await countFailed(sql),
    next: rows.length > limit ? (shown.at(-1)?.id ?? null) : null,
  };
}

/** By notice. Rests on the index `deliveries_notification_id_subscription_id_key`. */
async function listDeliveries(sql: Queryable, notices: readonly string[]): Promise<Map<string, NoticeDelivery[]>> {
  const { rows } = await sql.query<NoticeDelivery & { readonly notice: string }>(
    `SELECT notification_id AS notice, delivery.id, channel, coalesce(outcome, 'waiting') AS status,
            created_at AS since, ended_at AS "endedAt", error,
            CASE WHEN ended_at IS NULL THEN failures ELSE 0 END AS failures,
            CASE WHEN ended_at IS NULL THEN free_at END AS "nextTry"
       FROM vigia.deliveries AS delivery
       JOIN vigia.subscriptions AS subscription ON subscription.id = subscription_id
      WHERE notification_id = ANY($1::uuid[])
      ORDER BY channel, delivery.id`,
    [notices],
  );
  const byNotice = new Map<string, NoticeDelivery[]>();
  for (const { notice, ...delivery } of rows) byNotice.set(notice, [...(byNotice.get(notice) ?? []), delivery]);
  return byNotice;
}

/** Rests on the index `deliveries_failed`. */
async function countFailed(sql: Queryable): Promise<NoticePage["failed"]> {
  const { rows } = await sql.query<NoticePage["failed"][number]>(
    `SELECT channel, count(*) AS count
       FROM vigia.deliveries JOIN vigia.subscriptions AS subscription ON subscription.id = subscription_id
      WHERE outcome IN ('refused', 'given-up')
      GROUP BY channel ORDER BY channel`,
  );
  return rows;
}

/** How many were given up lately: receivers that took nothing for days. Rests on the index `deliveries_failed`. */
export async function countGivenUp(sql: Queryable, withinDays: number): Promise<number> {
  const { rows } = await sql.query<{ readonly count: number }>(
    `SELECT count(*) AS count FROM vigia.deliveries
      WHERE outcome IN ('refused', 'given-up') AND outcome = 'given-up'
        AND ended_at > now() - make_interval(days => $1)`,
    [withinDays],
  );
  return rows[0]?.count ?? 0;
}
