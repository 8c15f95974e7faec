import type { Channel } from "@vigia/messages";
import type { Queryable } from "./queryable.ts";

export interface Subscription {
  /** Left out: every user's notices. */
  readonly userId?: string;
  readonly channel: Channel;
  /** An e-mail address or a URL. */
  readonly address: string;
  /** The kinds of notices; all where left out. */
  readonly kinds?: readonly string[] | undefined;
}

/** A notice that waits to be told on a channel. Its id is the same however often it is tried. */
export interface Delivery {
  readonly id: string;
  /** What it was tried to be told in, together with all others that have the same; none: it was not tried yet. */
  readonly parcel: string | null;
  readonly notificationId: string;
  readonly userId: string;
  readonly language: string;
  readonly kind: string;
  readonly title: string;
  readonly body: string;
  readonly data: Readonly<Record<string, unknown>>;
  readonly at: Date;
}

/** The right to deliver to one subscription alone, for a time, and what waits there: what was tried first, then the oldest. */
export interface Turn {
  readonly subscriptionId: string;
  readonly turn: number;
  readonly userId: string | null;
  readonly channel: Channel;
  readonly address: string;
  /** Tries that failed in a row. */
  readonly failures: number;
  readonly deliveries: readonly Delivery[];
}

/** One, or all to a user, or all on a channel. */
export interface WhichDeliveries {
  readonly deliveryId?: string | undefined;
  readonly userId?: string | undefined;
  readonly channel?: Channel | undefined;
}

export type DeliveryOutcome = "delivered" | "refused" | "given-up";

export interface Deliveries {
  /** Takes the place of the user's earlier subscription of the same channel; what waits goes to the new address. */
  subscribe(subscription: Subscription): Promise<void>;
  /** Ends a subscription, and what waits for it. Says whether there was one. */
  unsubscribe(userId: string | undefined, channel: Channel): Promise<boolean>;
  /** The next turn on one of these channels, for `forMs`, with up to `limit` deliveries; `undefined` where none waits. */
  take(channels: readonly Channel[], forMs: number, limit: number): Promise<Turn | undefined>;
  /** Keeps these together from now on, however often they are tried. */
  pack(ids: readonly string[], parcel: string): Promise<void>;
  /** Says how these ended. */
  end(ids: readonly string[], outcome: DeliveryOutcome, error?: string): Promise<void>;
  /** Ends what has waited for longer than `ageMs`; returns how many. */
  giveUp(turn: Turn, ageMs: number, error: string): Promise<number>;
  /**
   * Lets what was refused or given up wait again, for all its time anew, and its receivers be asked at once: the oldest,
   * `limit` at the most. Returns how many.
   */
  tryAgain(which: WhichDeliveries, limit: number): Promise<number>;
  /** Frees the subscription: at once after a success, in `retryMs` after a failure. */
  endTurn(turn: Turn, failed?: { readonly retryMs: number }): Promise<void>;
}

export function deliveries(sql: Queryable): Deliveries {
  return {
    async subscribe({ userId, channel, address, kinds }) {
      await sql.query(
        `INSERT INTO vigia.subscriptions AS mine (user_id, channel, address, kinds) VALUES ($1, $2, $3, $4)
             ON CONFLICT (user_id, channel) DO UPDATE
            SET address = excluded.address, kinds = excluded.kinds, failures = 0,
                free_at = CASE WHEN mine.failures > 0 THEN now() ELSE mine.free_at END`,
        [userId ?? null, channel, address, kinds ?? null],
      );
    },

    async unsubscribe(userId, channel) {
      const { rowCount } = await sql.query(
        `DELETE FROM vigia.subscriptions WHERE user_id IS NOT DISTINCT FROM $1 AND channel = $2`,
        [userId ?? null, channel],
      );
      return rowCount > 0;
    },

    async take(channels, forMs, limit) {
      const { rows } = await sql.query<Omit<Turn, "deliveries">>(
        `UPDATE vigia.subscriptions
            SET free_at = now() + $2 * interval '1 millisecond', turn = turn + 1
          WHERE id = (SELECT id FROM vigia.subscriptions
                       WHERE channel = ANY($1) AND free_at <= now()
                         AND id IN (SELECT subscription_id FROM vigia.deliveries WHERE ended_at IS NULL)
                       ORDER BY free_at LIMIT 1
                         FOR UPDATE SKIP LOCKED)
         RETURNING id AS "subscriptionId", turn, user_id AS "userId", channel, address, failures`,
        [channels, forMs],
      );
      const [turn] = rows;
      if (!turn) return undefined;
      const waiting = await sql.query<Delivery>(
        `SELECT d.id, d.parcel, n.id AS "notificationId", n.user_id AS "userId",
                COALESCE(u.language, 'en') AS language, n.kind, n.title, n.body,
                n.data, n.created_at AS at
           FROM vigia.deliveries AS d
           JOIN vigia.notifications AS n ON n.id = d.notification_id
           LEFT JOIN marketplace.users AS u ON u.id = n.user_id
          WHERE d.subscription_id = $1 AND d.ended_at IS NULL
          ORDER BY d.parcel IS NULL, d.created_at, d.id
          LIMIT $2`,
        [turn.subscriptionId, limit],
      );
      return { ...turn, deliveries: waiting.rows };
    },

    async pack(ids, parcel) {
      await sql.query(`UPDATE vigia.deliveries SET parcel = $2 WHERE id = ANY($1)`, [ids, parcel]);
    },

    async end(ids, outcome, error) {
      await sql.query(
        `UPDATE vigia.deliveries SET ended_at = now(), outcome = $2, error = $3 WHERE id = ANY($1) AND ended_at IS NULL`,
        [ids, outcome, error ?? null],
      );
    },

    async giveUp({ subscriptionId }, ageMs, error) {
      const { rowCount } = await sql.query(
        `UPDATE vigia.deliveries SET ended_at = now(), outcome = 'given-up', error = $3
          WHERE subscription_id = $1 AND ended_at IS NULL AND created_at < now() - $2 * interval '1 millisecond'
        RETURNING 1`,
        [subscriptionId, ageMs, error],
      );
      return rowCount;
    },

    /** Rests on the index `deliveries_failed`. */
    async tryAgain({ deliveryId, userId, channel }, limit) {
      const { rows } = await sql.query<{ subscription: string }>(
        `UPDATE vigia.deliveries SET ended_at = NULL, outcome = NULL, error = NULL, created_at = now()
          WHERE id IN (SELECT d.id
                         FROM vigia.deliveries AS d
                         JOIN vigia.notifications AS n ON n.id = d.notification_id
                         JOIN vigia.subscriptions AS s ON s.id = d.subscription_id
                        WHERE d.outcome IN ('refused', 'given-up')
                          AND ($1::uuid IS NULL OR d.id = $1)
                          AND ($2::uuid IS NULL OR n.user_id = $2)
                          AND ($3::text IS NULL OR s.channel = $3)
                        ORDER BY d.ended_at
                        LIMIT $4
                          FOR UPDATE OF d)
         RETURNING subscription_id AS subscription`,
        [deliveryId, userId, channel, limit],
      );
      await sql.query(
        `UPDATE vigia.subscriptions SET failures = 0, free_at = now() WHERE id = ANY($1::uuid[]) AND failures > 0`,
        [[...new Set(rows.map(({ subscription }) => subscription))]],
      );
      return rows.length;
    },

    async endTurn({ subscriptionId, turn }, failed) {
      await sql.query(
        `UPDATE vigia.subscriptions
            SET free_at = now() + $3 * interval '1 millisecond', failures = CASE WHEN $4 THEN failures + 1 ELSE 0 END
          WHERE id = $1 AND turn = $2`,
        [subscriptionId, turn, failed?.retryMs ?? 0, failed !== undefined],
      );
    },
  };
}
