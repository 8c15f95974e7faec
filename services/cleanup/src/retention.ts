import { STREAMS } from "@vigia/messages";
import { z } from "zod";

const DAY_MS = 86_400_000;
const MAX_DAYS = 36_500;
/** For as long as this an event may come again, from the stream or by the retry of what emitted it. */
const EVENT_DAYS = STREAMS.events.maxAgeMs / DAY_MS;
const DEAD_LETTER_DAYS = STREAMS.deadLetters.maxAgeMs / DAY_MS;

/** How long each kind of record is kept, in days. Less than what is safe is refused, with the reason. */
export const retentionSettings = z.object({
  NOTIFICATION_RETENTION_DAYS: days(90, 7, "a user who is away for a week must find what happened").meta({
    yaml: "retention.notificationDays",
    description: "Notifications are kept for as many days",
  }),
  EXECUTION_RETENTION_DAYS: days(
    90,
    14,
    "a weekly task must be seen to have run, and failed tries are counted here",
  ).meta({
    yaml: "retention.executionDays",
    description: "Records of runs are kept for as many days",
  }),
  OUTBOX_RETENTION_DAYS: days(
    14,
    EVENT_DAYS,
    "an id that was used must not be used again while its event is kept",
  ).meta({
    yaml: "retention.outboxDays",
    description: "Events that the bus has taken are kept for as many days",
  }),
  HANDLED_MESSAGE_RETENTION_DAYS: days(14, EVENT_DAYS, "an event that comes again must be known as handled").meta({
    yaml: "retention.handledMessageDays",
    description: "Notes that a message was handled are kept for as many days",
  }),
  EVENT_FEED_RETENTION_DAYS: days(30, 1, "what happened today must be seen").meta({
    yaml: "retention.eventFeedDays",
    description: "What the feed shows is kept for as many days",
  }),
  ISSUE_RETENTION_DAYS: days(365, 30, "an issue that comes back within a month must be known as the same").meta({
    yaml: "retention.issueDays",
    description: "Issues that are resolved are kept for as many days",
  }),
  ISSUE_HISTORY_RETENTION_DAYS: days(365, 30, "what became of an issue within a month must be on record").meta({
    yaml: "retention.issueHistoryDays",
    description: "What became of each issue, and what operators said of it, is kept for as many days",
  }),
  FAILED_TRY_RETENTION_DAYS: days(90, EVENT_DAYS, "a message that comes again must not have all its tries anew").meta({
    yaml: "retention.failedTryDays",
    description: "Counts of a message's failed tries are kept for as many days after the last one",
  }),
  OPERATOR_ACTION_RETENTION_DAYS: days(3_650, 365, "who gave a command is asked long after").meta({
    yaml: "retention.operatorActionDays",
    description: "Records of who gave which command on the page are kept for as many days",
  }),
  CLEANUP_REPORT_RETENTION_DAYS: days(3_650, 30, "a month's figures must be there").meta({
    yaml: "retention.cleanupReportDays",
    description: "How much each clean-up expired and deleted is kept for as many days",
  }),
  DEAD_LETTER_RETENTION_DAYS: days(90, DEAD_LETTER_DAYS, "a dead letter that can be replayed must be on record").meta({
    yaml: "retention.deadLetterDays",
    description: "Records of dead letters are kept for as many days",
  }),
});

export type Retention = z.infer<typeof retentionSettings>;

function days(usual: number, least: number, why: string) {
  return z.coerce
    .number({ error: "must be a number of days" })
    .int("must be a whole number of days")
    .min(least, `must be at least ${least} days: ${why}`)
    .max(MAX_DAYS)
    .default(usual);
}
