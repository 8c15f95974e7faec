import type { Channel } from "@vigia/messages";

export type DeliveryStatus = "waiting" | "delivered" | "refused" | "given-up";

/** A notice on its way to a user beside the inbox. */
export interface NoticeDelivery {
  readonly id: string;
  readonly channel: Channel;
  readonly status: DeliveryStatus;
  /** Since when it waits, or waited. */
  readonly since: Date;
  readonly endedAt: Date | null;
  /** Why it was refused or given up. */
  readonly error: string | null;
  /** Of what waits: how often its receiver failed in a row, and when it is asked next. */
  readonly failures: number;
  readonly nextTry: Date | null;
}

/** What a user was told: in the inbox always, and on the channels that they subscribed. */
export interface Notice {
  readonly id: string;
  readonly userId: string;
  readonly orderId: string | null;
  readonly kind: string;
  readonly title: string;
  readonly body: string;
  readonly at: Date;
  readonly readAt: Date | null;
  readonly deliveries: readonly NoticeDelivery[];
}

export interface NoticePage {
  readonly notices: readonly Notice[];
  /** How many were refused or given up on each channel, and can be tried again. */
  readonly failed: readonly { readonly channel: Channel; readonly count: number }[];
  /** The id to ask for more with. */
  readonly next: string | null;
}
