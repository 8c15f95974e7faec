import type { Problem } from "@vigia/reporting/queries";
import { localTime } from "../output/time.ts";
import type { Finding } from "./finding.ts";

/** What the page's overview finds wrong, with what it means and the command that shows or mends it. */
export function findingOf(problem: Problem): Finding {
  return { level: problem.level, ...explain(problem) };
}

function explain(problem: Problem): Omit<Finding, "level"> {
  switch (problem.kind) {
    case "service-missing":
      return {
        what: `No process of ${problem.service} is alive.`,
        why: "Its work waits, and nobody else does it. Nothing is lost: it is taken up when one starts.",
        command: `vigia logs ${problem.service} --level warn   # why it ended; then start it: docker compose up --detach ${problem.service}`,
      };
    case "chain-never-synced":
      return {
        what: "No block of any chain has been read yet.",
        why: "Orders do not follow their escrows.",
        command: "vigia logs chain-sync --level warn",
      };
    case "chain-silent":
      return {
        what: `Chain ${problem.chainId} has not been read since ${localTime(problem.since)}.`,
        why: "Orders do not follow their escrows, and no order expires meanwhile.",
        command: "vigia runs --task chain-sync.sync --limit 3   # their errors",
      };
    case "chain-behind":
      return {
        what: `Chain ${problem.chainId} is ${problem.lagBlocks} blocks behind.`,
        why: "Orders follow their escrows late.",
        command: "vigia runs --task chain-sync.sync --limit 3   # whether it catches up, or an endpoint is slow",
      };
    case "issues-open":
      return {
        what: `${problem.count} ${problem.severity} ${problem.count === 1 ? "issue is" : "issues are"} open.`,
        why: "Orders, escrows or disputes contradict each other.",
        command: `vigia issues --severity ${problem.severity}`,
      };
    case "task-failing":
      return {
        what: `${problem.task} fails: ${problem.failures} times within a day, last at ${localTime(problem.since)}.`,
        why: "Its work is not done.",
        command: `vigia runs --task ${problem.task} --status failed --limit 3   # then: vigia trigger ${problem.task} --wait`,
      };
    case "task-failed-before":
      return {
        what: `${problem.task} failed ${problem.failures} times within a day, and has completed since.`,
        why: "It may fail again.",
        command: `vigia runs --task ${problem.task} --status failed --limit 3`,
      };
    case "task-overdue":
      return {
        what: `${problem.task} was due at ${localTime(problem.since)} and has had no tick.`,
        why: "Either no scheduler lives, or the tick before it still waits or runs.",
        command: `vigia runs --task ${problem.task} --status running   # and: vigia locks`,
      };
    case "task-paused":
      return {
        what: `${problem.task} is paused.`,
        why: "Somebody meant it so; what is due meanwhile is skipped.",
        command: `vigia resume ${problem.task}`,
      };
    case "redis-away":
      return {
        what: `Services have been doing without Redis since ${localTime(problem.since)}.`,
        why: "Locks and job state are in Postgres meanwhile: all goes on, more slowly.",
        command: "docker compose up --detach redis   # nothing has to be restored",
      };
    case "dead-letters":
      return {
        what: `${problem.count} dead ${problem.count === 1 ? "letter waits" : "letters wait"}.`,
        why: "What these messages asked for or told has had no effect.",
        command: "vigia deadletters   # mend the cause, then: vigia deadletters replay NUMBER",
      };
    case "deliveries-given-up":
      return {
        what: `${problem.count} ${problem.count === 1 ? "notice was" : "notices were"} given up within a week.`,
        why: "Their receivers took nothing for three days; they are in the users' inboxes alone.",
        command: "vigia redeliver --channel email   # or webhook; mend the cause first: the page names it",
      };
  }
}
