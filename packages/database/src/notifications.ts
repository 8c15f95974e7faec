import { randomUUID } from "node:crypto";
import type { EscrowStatus } from "@vigia/messages";
import type { Queryable } from "./queryable.ts";

export interface Recipient {
  readonly userId: string;
  readonly language: string;
  readonly operator: boolean;
}

export interface Notification {
  readonly userId: string;
  readonly kind: string;
  readonly title: string;
  readonly body: string;
  readonly data: Readonly<Record<string, unknown>>;
}

export interface Notifications {
  /** Lets users be told anew of these facts, which the event `until` undid. */
  retract(facts: readonly string[], until: string): Promise<void>;
  /** Those of these users who exist; with `operators`, also everybody who operates the marketplace. */
  recipients(userIds: readonly string[], operators: boolean): Promise<Recipient[]>;
  /** Where the escrow of this order stands, the one that changed last; `undefined` where there is none. */
  escrowStatusOf(orderId: string): Promise<EscrowStatus | undefined>;
  /** The ids of this order's disputes, oldest first. Reads through `disputes_order`. */
  disputesOf(orderId: string): Promise<string[]>;
  /**
   * Puts each into its user's inbox, and has it delivered on the channels that the user subscribed, unless that user was
   * told of `eventId` before. Returns how many were new.
   */
  add(eventId: string, notifications: readonly Notification[]): Promise<number>;
}

export function notifications(sql: Queryable): Notifications {
  return {
    async recipients(userIds, operators) {
      const { rows } = await sql.query<Recipient>(
        `SELECT id AS "userId", language, operator
           FROM marketplace.users WHERE id = ANY($1::uuid[]) OR ($2 AND operator)`,
        [userIds, operators],
      );
      return rows;
    },

    async escrowStatusOf(orderId) {
      const { rows } = await sql.query<{ status: EscrowStatus }>(
        `SELECT status FROM vigia.escrows WHERE order_id = $1 ORDER BY updated_block DESC, updated_log DESC LIMIT 1`,
        [orderId],
      );
      return rows[0]?.status;
    },

    async disputesOf(orderId) {
      const { rows } = await sql.query<{ id: string }>(
        `SELECT id FROM marketplace.disputes WHERE order_id = $1 ORDER BY opened_at, id`,
        [orderId],
      );
      return rows.map(({ id }) => id);
    },

    async retract(facts, until) {
      if (facts.length === 0) return;
      await sql.query(
        `UPDATE vigia.notifications SET event_id = event_id || ' until ' || $2 WHERE event_id = ANY($1::text[])`,
        [facts, until],
      );
    },

    async add(eventId, notifications) {
      const { rowCount } = await sql.query(
        `WITH added AS (
           INSERT INTO vigia.notifications (id, user_id, kind, title, body, data, event_id)
           SELECT id, user_id, kind, title, body, data::jsonb, $7
             FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[])
               AS notification (id, user_id, kind, title, body, data)
               ON CONFLICT (event_id, user_id) DO NOTHING
           RETURNING id, user_id, kind
         ), delivered AS (
           INSERT INTO vigia.deliveries (notification_id, subscription_id)
           SELECT added.id, s.id
             FROM added
             JOIN vigia.subscriptions AS s ON s.user_id = added.user_id OR s.user_id IS NULL
            WHERE s.kinds IS NULL OR added.kind = ANY(s.kinds)
         )
         SELECT FROM added`,
        [
          notifications.map(() => randomUUID()),
          notifications.map((notification) => notification.userId),
          notifications.map((notification) => notification.kind),
          notifications.map((notification) => notification.title),
          notifications.map((notification) => notification.body),
          notifications.map((notification) => JSON.stringify(notification.data)),
          eventId,
        ],
      );
      return rowCount;
    },
  };
}
