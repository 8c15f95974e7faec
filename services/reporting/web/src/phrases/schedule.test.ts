import { en } from "../language/en.ts";
import { es } from "../language/es.ts";
import { scheduleInWords } from "./schedule.ts";

describe("scheduleInWords", () => {
  it.each([
    ["* * * * *", "every minute"],
    ["*/5 * * * *", "every 5 minutes"],
    ["*/5 * * * * *", "every 5 seconds"],
    ["* * * * * *", "every second"],
    ["0 * * * *", "every hour"],
    ["15 * * * *", "every hour at minute 15"],
    ["0 */6 * * *", "every 6 hours"],
    ["0 2 * * *", "every day at 02:00 UTC"],
    ["30 14 * * *", "every day at 14:30 UTC"],
    ["0 3 * * 0", "every Sunday at 03:00 UTC"],
    ["0 3 * * 7", "every Sunday at 03:00 UTC"],
    ["0 3 * * 1", "every Monday at 03:00 UTC"],
    [null, "on command alone"],
  ])("%s: %s", (cron, words) => {
    expect(scheduleInWords(cron, en, "en")).toBe(words);
  });

  it.each([
    "0 3 1 * *",
    "0 3 * 6 *",
    "1,2 * * * *",
    "0 9-17 * * *",
    "15 */2 * * *",
    "*/5 */2 * * *",
    "0 0 * * 1-5",
    "nonsense",
    "",
  ])("%s shows as it stands", (cron) => {
    expect(scheduleInWords(cron, en, "en")).toBeUndefined();
  });

  it("speaks Spanish", () => {
    expect(scheduleInWords("0 3 * * 0", es, "es")).toBe("cada domingo a las 03:00 UTC");
  });
});
