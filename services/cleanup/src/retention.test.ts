import { ConfigurationError, readSettings } from "@vigia/runtime";
import { retentionSettings } from "./retention.ts";

const read = (environment: Record<string, string>) => readSettings(retentionSettings, environment);

it("has safe defaults", () => {
  expect(read({})).toMatchObject({ NOTIFICATION_RETENTION_DAYS: 90, HANDLED_MESSAGE_RETENTION_DAYS: 14 });
});

it("takes what is told", () => {
  expect(read({ EXECUTION_RETENTION_DAYS: "400" }).EXECUTION_RETENTION_DAYS).toBe(400);
});

it("refuses all that would delete what is still needed, with the reasons", () => {
  const attempt = () =>
    read({
      HANDLED_MESSAGE_RETENTION_DAYS: "6",
      OUTBOX_RETENTION_DAYS: "0",
      ISSUE_RETENTION_DAYS: "1.5",
      EVENT_FEED_RETENTION_DAYS: "soon",
    });
  expect(attempt).toThrow(ConfigurationError);
  expect(attempt).toThrow("HANDLED_MESSAGE_RETENTION_DAYS: must be at least 7 days: an event that comes again");
  expect(attempt).toThrow("OUTBOX_RETENTION_DAYS: must be at least 7 days");
  expect(attempt).toThrow("ISSUE_RETENTION_DAYS: must be a whole number of days");
  expect(attempt).toThrow("EVENT_FEED_RETENTION_DAYS: must be a number of days");
});
