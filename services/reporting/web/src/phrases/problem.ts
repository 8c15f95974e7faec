import type { Problem } from "../data/answers.ts";
import type { Words } from "../language/en.ts";
import { relativeTime } from "./time.ts";

/** One sentence for the operator. */
export function phraseProblem(problem: Problem, words: Words, language: string, now: Date): string {
  const since = (at: string) => relativeTime(new Date(at), now, language);
  const say = words.problems;
  switch (problem.kind) {
    case "service-missing":
      return say.serviceMissing(problem.service);
    case "chain-never-synced":
      return say.chainNeverSynced;
    case "chain-behind":
      return say.chainBehind(problem.chainId, words.blocks(problem.lagBlocks));
    case "chain-silent":
      return say.chainSilent(problem.chainId, since(problem.since));
    case "issues-open":
      return say.issuesOpen(problem.count, words.issues.severities[problem.severity]);
    case "task-failing":
      return say.taskFailing(problem.task, problem.failures, since(problem.since));
    case "task-failed-before":
      return say.taskFailedBefore(problem.task, problem.failures);
    case "task-overdue":
      return say.taskOverdue(problem.task, since(problem.since));
    case "task-paused":
      return say.taskPaused(problem.task);
    case "redis-away":
      return say.redisAway(since(problem.since));
    case "dead-letters":
      return say.deadLetters(problem.count);
    case "deliveries-given-up":
      return say.givenUp(problem.count);
  }
}
