import type { Aged } from "@vigia/database";
import type { Retention } from "./retention.ts";

/** Kinds of record, in the order in which they are deleted, each with the days that it is kept. */
export type Ages = readonly (readonly [Aged, number])[];

export function notificationAges({ NOTIFICATION_RETENTION_DAYS }: Retention): Ages {
  return [["notifications", NOTIFICATION_RETENTION_DAYS]];
}

export function historyAges(retention: Retention): Ages {
  return [
    ["executions", retention.EXECUTION_RETENTION_DAYS],
    ["cancellations", retention.EXECUTION_RETENTION_DAYS],
    ["outbox", retention.OUTBOX_RETENTION_DAYS],
    ["handledMessages", retention.HANDLED_MESSAGE_RETENTION_DAYS],
    ["failedTries", retention.FAILED_TRY_RETENTION_DAYS],
    ["checkpoints", retention.DEAD_LETTER_RETENTION_DAYS],
    ["eventFeed", retention.EVENT_FEED_RETENTION_DAYS],
    ["resolvedIssues", retention.ISSUE_RETENTION_DAYS],
    ["issueHistory", retention.ISSUE_HISTORY_RETENTION_DAYS],
    ["resolvedDeadLetters", retention.DEAD_LETTER_RETENTION_DAYS],
    ["cleanupReports", retention.CLEANUP_REPORT_RETENTION_DAYS],
    ["operatorActions", retention.OPERATOR_ACTION_RETENTION_DAYS],
  ];
}
