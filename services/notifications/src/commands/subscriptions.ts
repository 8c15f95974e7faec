import type { Channel } from "@vigia/messages";
import { CommandRejectedError, defineCommand, type ServiceCommand } from "@vigia/runtime";

const NEEDED: Readonly<Record<Channel, string>> = {
  email: "e-mail needs NOTIFICATIONS_SMTP_URL and NOTIFICATIONS_EMAIL_FROM",
  webhook: "webhooks need NOTIFICATIONS_WEBHOOK_SECRET",
};

/** Who is told on which way beside the inbox. */
export function subscriptionCommands(configured: readonly Channel[]): ServiceCommand[] {
  return [
    defineCommand("notifications.subscribe", async ({ data, tx }) => {
      if (!configured.includes(data.channel))
        throw new CommandRejectedError(`${NEEDED[data.channel]}: see docs/configuration.md`);
      const [user] = await tx.notifications.recipients([data.userId], false);
      if (!user) throw new CommandRejectedError(`there is no user ${data.userId}`);
      await tx.deliveries.subscribe(data);
      return { subscribed: 1 };
    }),
    defineCommand("notifications.unsubscribe", async ({ data, tx }) => {
      const ended = await tx.deliveries.unsubscribe(data.userId, data.channel);
      if (!ended) throw new CommandRejectedError(`user ${data.userId} has no subscription of ${data.channel}`);
      return { unsubscribed: 1 };
    }),
  ];
}
