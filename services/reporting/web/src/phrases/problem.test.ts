import type { Problem } from "../data/answers.ts";
import { en } from "../language/en.ts";
import { es } from "../language/es.ts";
import { phraseProblem } from "./problem.ts";

const now = new Date("2030-01-01T12:00:00Z");
const since = "2030-01-01T11:40:00.000Z";

describe("phraseProblem", () => {
  it.each<[Problem, string]>([
    [
      { level: "critical", kind: "service-missing", service: "cleanup" },
      "cleanup is not running: no process of it has been seen.",
    ],
    [{ level: "warning", kind: "chain-never-synced" }, "No chain has been synced yet."],
    [{ level: "critical", kind: "chain-behind", chainId: 1, lagBlocks: 51 }, "Chain 1 is 51 blocks behind."],
    [
      { level: "critical", kind: "chain-silent", chainId: 1, since },
      "Chain 1 is not being synced: the last sync was 20 minutes ago.",
    ],
    [{ level: "critical", kind: "issues-open", severity: "high", count: 1 }, "1 high issue is open."],
    [
      { level: "critical", kind: "task-failing", task: "chain-sync.sync", failures: 2, since },
      "chain-sync.sync fails: 2 failed runs in 24 hours, the last one 20 minutes ago, none completed since.",
    ],
    [
      { level: "note", kind: "task-failed-before", task: "chain-sync.sync", failures: 1 },
      "chain-sync.sync had 1 failed run in 24 hours and has completed since.",
    ],
    [
      { level: "warning", kind: "task-overdue", task: "cleanup.expire-orders", since },
      "cleanup.expire-orders was due 20 minutes ago and was not started.",
    ],
    [{ level: "note", kind: "task-paused", task: "chain-sync.sync" }, "chain-sync.sync is paused."],
    [
      { level: "warning", kind: "redis-away", since },
      "Redis went away 20 minutes ago; locks are kept in Postgres meanwhile.",
    ],
    [
      { level: "warning", kind: "dead-letters", count: 2 },
      "2 messages could not be handled: dead letters, to be replayed once the cause is mended.",
    ],
    [
      { level: "warning", kind: "deliveries-given-up", count: 1 },
      "1 notice could not be told by e-mail or webhook and was given up: try again once the receiver is well.",
    ],
  ])("$kind", (problem, sentence) => {
    expect(phraseProblem(problem, en, "en", now)).toBe(sentence);
    expect(phraseProblem(problem, es, "es", now)).not.toBe(sentence);
  });
});
