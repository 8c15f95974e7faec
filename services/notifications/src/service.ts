import type { AlertTimes, Database } from "@vigia/database";
import { CHANNELS, type Channel } from "@vigia/messages";
import { ConfigurationError, type ServiceDefinition } from "@vigia/runtime";
import { Counter } from "prom-client";
import { startAlerts } from "./alerts.ts";
import { emailChannel } from "./channels/email.ts";
import { webhookChannel } from "./channels/webhook.ts";
import { redeliver } from "./commands/redeliver.ts";
import { subscriptionCommands } from "./commands/subscriptions.ts";
import { disputes, issues, orders } from "./consumers.ts";
import { startDailyReport } from "./daily-report.ts";
import { type Channels, startDeliveries } from "./deliveries.ts";
import { type NotificationSettings, settings } from "./settings.ts";

export function notifications() {
  return {
    settings,
    consumers: [orders, disputes, issues],
    commands: ({ settings }) => [...subscriptionCommands(configured(settings)), redeliver()],
    components: async ({ settings, database, log, metrics, service: source }) => {
      const [times, channels] = [alertTimesOf(settings), channelsOf(settings)];
      await keepOwnWebhook(database, source, settings.NOTIFICATIONS_WEBHOOK_URL);
      const ended = new Counter({
        name: "vigia_deliveries_total",
        help: "Notices told beside the inbox, by channel and outcome",
        labelNames: ["channel", "outcome"],
        registers: [metrics.registry],
      });
      return [
        startAlerts({ database, times, source, log }),
        startDailyReport({ database, hour: settings.NOTIFICATIONS_DAILY_REPORT_HOUR, source, log }),
        startDeliveries({ database, channels, source, log, ended }),
      ];
    },
  } satisfies ServiceDefinition<typeof settings>;
}

function configured(settings: NotificationSettings): Channel[] {
  const needed = { webhook: settings.NOTIFICATIONS_WEBHOOK_SECRET, email: settings.NOTIFICATIONS_SMTP_URL };
  return CHANNELS.filter((channel) => needed[channel]);
}

/** Throws `ConfigurationError` where messages would be repeated more often than they may be sent. */
function alertTimesOf({
  NOTIFICATIONS_ALERT_WAIT_SECONDS: waitSeconds,
  NOTIFICATIONS_ALERT_INTERVAL_SECONDS: intervalSeconds,
  NOTIFICATIONS_ALERT_REPEAT_SECONDS: repeatSeconds,
}: NotificationSettings): AlertTimes {
  const problem = "NOTIFICATIONS_ALERT_REPEAT_SECONDS must not be less than NOTIFICATIONS_ALERT_INTERVAL_SECONDS";
  if (repeatSeconds < intervalSeconds) throw new ConfigurationError([problem]);
  return { waitSeconds, intervalSeconds, repeatSeconds };
}

/** Throws `ConfigurationError` where a setting lacks the one that it needs. */
function channelsOf(settings: NotificationSettings): Channels {
  const { NOTIFICATIONS_WEBHOOK_SECRET: secret, NOTIFICATIONS_WEBHOOK_URL: url } = settings;
  const { NOTIFICATIONS_WEBHOOK_PRIVATE_NETWORKS: allowsPrivateNetworks } = settings;
  const { NOTIFICATIONS_SMTP_URL: smtpUrl, NOTIFICATIONS_EMAIL_FROM: from } = settings;
  const problems = [
    ...(url && !secret ? ["NOTIFICATIONS_WEBHOOK_URL needs NOTIFICATIONS_WEBHOOK_SECRET, to sign with"] : []),
    ...(smtpUrl && !from ? ["NOTIFICATIONS_SMTP_URL needs NOTIFICATIONS_EMAIL_FROM, the sender"] : []),
  ];
  if (problems.length > 0) throw new ConfigurationError(problems);
  return {
    ...(secret ? { webhook: webhookChannel(secret, allowsPrivateNetworks) } : {}),
    ...(smtpUrl && from ? { email: emailChannel(smtpUrl, from) } : {}),
  };
}

/** The marketplace's own webhook is a subscription of nobody's, as the settings have it. */
async function keepOwnWebhook(database: Database, source: string, url: string | undefined): Promise<void> {
  await database.transaction({ source }, async (tx) => {
    if (url) await tx.deliveries.subscribe({ channel: "webhook", address: url });
    else await tx.deliveries.unsubscribe(undefined, "webhook");
  });
}
