/** Everything that people are told, each kind in its own words. */
export const NOTICE_KINDS = [
  "order-created",
  "order-escrowed",
  "order-paid",
  "order-released",
  "order-refunded",
  "order-cancelled",
  "order-expired",
  "order-undone",
  "dispute-opened",
  "dispute-won",
  "dispute-lost",
  "dispute-split",
  "dispute-to-watch",
  "issue-opened",
  "issue-still-open",
  "issue-resolved",
  "daily-report",
] as const;

export type NoticeKind = (typeof NOTICE_KINDS)[number];

/** The ways, beside the inbox, on which a user can be told. */
export const CHANNELS = ["webhook", "email"] as const;

export type Channel = (typeof CHANNELS)[number];
