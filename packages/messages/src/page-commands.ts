import { JOB_NAMES } from "./tasks.ts";

/** The commands that the web page offers, as `<target>.<command>`: its service's login may give these, and no others. */
export const PAGE_COMMANDS: readonly string[] = [
  ...JOB_NAMES.map((job) => `${job}.run`),
  "chain-sync.resync",
  "runs.cancel",
  "scheduler.pause",
  "scheduler.resume",
  "scheduler.backfill",
  "consistency.acknowledge",
  "consistency.snooze",
  "consistency.reopen",
  "deadletters.replay",
  "notifications.redeliver",
];
