import type { Notification, Recipient, Transaction } from "@vigia/database";
import type { Logger } from "@vigia/runtime";
import type { Details, NoticeKind, Telling } from "../notice.ts";
import { wordsFor } from "../templates/index.ts";

export interface Occasion {
  readonly eventId: string;
  readonly details: Details;
  readonly tx: Transaction;
  readonly log: Logger;
}

/** Puts what is to be told into the inboxes of those it is for, in the event's transaction. */
export async function deliver(telling: Telling, { eventId, details, tx, log }: Occasion): Promise<void> {
  const { notices } = telling;
  if (notices.length === 0) return;
  await tx.notifications.retract(telling.retracts ?? [], eventId);
  const named = notices.flatMap(({ to }) => (to === "operators" ? [] : [to.userId]));
  const recipients = await tx.notifications.recipients(named, named.length < notices.length);
  for (const userId of named.filter((id) => !recipients.some((recipient) => recipient.userId === id))) {
    log.warn({ userId }, "a user who is not there could not be told");
  }
  const notifications = recipients.flatMap((recipient): Notification[] => {
    const kind = kindFor(recipient, telling);
    if (!kind) return [];
    const words = wordsFor(recipient.language, kind, details);
    return [{ userId: recipient.userId, kind, ...words, data: details }];
  });
  const added = await tx.notifications.add(telling.fact ?? eventId, notifications);
  log.info({ added }, "users told");
}

function kindFor({ userId, operator }: Recipient, { notices }: Telling): NoticeKind | undefined {
  return notices.find(({ to }) => (to === "operators" ? operator : to.userId === userId))?.kind;
}
