import { yesOrNo } from "@vigia/runtime";
import { z } from "zod";

/** Standard Webhooks, "Symmetric secrets": base64 of 24 to 64 random bytes after `whsec_`. */
const SIGNING_SECRET =
  /^whsec_(?=[A-Za-z0-9+/]{32,86}={0,2}$)(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

const signingSecret = z
  .string()
  .regex(SIGNING_SECRET, 'must be "whsec_" and 24 to 64 bytes as base64: echo "whsec_$(openssl rand -base64 32)"')
  .optional();
const httpUrl = z.url({ protocol: /^https?$/, error: "must be a URL that starts with https:// or http://" }).optional();
const smtpUrl = z.url({ protocol: /^smtps?$/, error: "must be a URL that starts with smtps:// or smtp://" }).optional();

const LONGEST_SECONDS = 30 * 86_400;
const seconds = (least: number, unlessTold: number) =>
  z.coerce.number().int().min(least).max(LONGEST_SECONDS).default(unlessTold);

export const settings = z.object({
  NOTIFICATIONS_ALERT_WAIT_SECONDS: seconds(0, 30).meta({
    yaml: "alerts.waitSeconds",
    description: "How long the first message about a check's issues waits for more of them",
  }),
  NOTIFICATIONS_ALERT_INTERVAL_SECONDS: seconds(0, 300).meta({
    yaml: "alerts.intervalSeconds",
    description: "The least time between two messages about the issues of one check",
  }),
  NOTIFICATIONS_ALERT_REPEAT_SECONDS: seconds(60, 14_400).meta({
    yaml: "alerts.repeatSeconds",
    description: "When a message about issues that are still open is repeated; not less than alerts.intervalSeconds",
  }),
  NOTIFICATIONS_DAILY_REPORT_HOUR: z.coerce.number().int().min(0).max(23).optional().meta({
    yaml: "dailyReport.hour",
    description:
      "From which hour on, in UTC, operators are told once a day how all stands; without it there is no such report",
  }),
  NOTIFICATIONS_WEBHOOK_SECRET: signingSecret.meta({
    yaml: "webhook.secret",
    description: "What webhooks are signed with; without it there are none",
  }),
  NOTIFICATIONS_WEBHOOK_URL: httpUrl.meta({
    yaml: "webhook.url",
    description: "The marketplace's own webhook, which is told of every user's notices; it may be in a private network",
  }),
  NOTIFICATIONS_WEBHOOK_PRIVATE_NETWORKS: yesOrNo(false).meta({
    yaml: "webhook.privateNetworks",
    description: "Whether users' webhooks may lead into private networks",
  }),
  NOTIFICATIONS_SMTP_URL: smtpUrl.meta({
    yaml: "email.smtpUrl",
    description: "The server that takes e-mail, with its login: smtps://user:password@host; without it there is none",
  }),
  NOTIFICATIONS_EMAIL_FROM: z.string().min(3).optional().meta({
    yaml: "email.from",
    description: "The sender of e-mail, as in `Market <notices@example.org>`; needed with email.smtpUrl",
  }),
});

export type NotificationSettings = z.infer<typeof settings>;
