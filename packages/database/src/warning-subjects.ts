/**
 * A regular expression of PostgreSQL that the subjects of events have in common which tell of something that went wrong.
 * The index `event_feed_warnings` is made of the same words: one that differs is searched for without it.
 */
export const WARNING_SUBJECTS =
  "^vigia\\.event\\.(run\\.(failed|recovered|cancelled)|command\\.(failed|rejected)|chain\\.(reorged|drifted)|provider\\.degraded|consistency-issue\\.(opened|reopened)|tracker\\.degraded|deadletter)(\\.|$)";
