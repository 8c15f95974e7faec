import { SEVERITIES, type Severity } from "@vigia/messages";
import type { ChainCursor, Level, Problem, ServicePresence } from "./answers.ts";
import type { Schedule } from "./queries/jobs.ts";
import type { Failures } from "./queries/runs.ts";

/** The bounds of the check `CHAIN_LAG`. */
export const LAG_LIMIT_BLOCKS = 50;
export const SILENCE_LIMIT_MS = 600_000;
/** A scheduler fires within milliseconds; one that restarts needs some seconds. */
export const OVERDUE_LIMIT_MS = 60_000;

export interface Facts {
  readonly now: Date;
  readonly services: readonly ServicePresence[];
  readonly openIssues: Readonly<Record<Severity, number>>;
  readonly chains: readonly ChainCursor[];
  readonly schedules: readonly Schedule[];
  /** Of the last 24 hours. */
  readonly failures: readonly Failures[];
  /** Open ones, however old. */
  readonly deadLetters: number;
  /** Deliveries that were given up lately, and were not tried again. */
  readonly givenUp: number;
  /** Since when a living process has been doing without Redis. */
  readonly redisAwaySince: Date | null;
}

const LEVELS: readonly Level[] = ["critical", "warning", "note"];

/** What an operator must know, worst first. */
export function findProblems(facts: Facts): readonly Problem[] {
  const problems = [
    ...missingServices(facts),
    ...openIssues(facts),
    ...chainProblems(facts),
    ...failedTasks(facts),
    ...scheduleProblems(facts),
    ...redisAway(facts),
    ...deadLetters(facts),
    ...givenUp(facts),
  ];
  return problems.sort((a, b) => LEVELS.indexOf(a.level) - LEVELS.indexOf(b.level));
}

function missingServices({ services }: Facts): Problem[] {
  return services
    .filter(({ instances }) => instances === 0)
    .map(({ service }) => ({ level: "critical", kind: "service-missing", service }));
}

function openIssues({ openIssues }: Facts): Problem[] {
  return SEVERITIES.filter((severity) => openIssues[severity] > 0).map((severity) => ({
    level: severity === "critical" || severity === "high" ? "critical" : "warning",
    kind: "issues-open",
    severity,
    count: openIssues[severity],
  }));
}

function chainProblems({ now, chains }: Facts): Problem[] {
  if (chains.length === 0) return [{ level: "warning", kind: "chain-never-synced" }];
  return chains.flatMap(({ chainId, lagBlocks, syncedAt }): Problem[] => {
    if (now.getTime() - syncedAt.getTime() > SILENCE_LIMIT_MS) {
      return [{ level: "critical", kind: "chain-silent", chainId, since: syncedAt }];
    }
    return lagBlocks > LAG_LIMIT_BLOCKS ? [{ level: "critical", kind: "chain-behind", chainId, lagBlocks }] : [];
  });
}

function failedTasks({ failures }: Facts): Problem[] {
  return failures.map(({ task, failures, lastFailedAt, stillFailing }) =>
    stillFailing
      ? { level: "critical", kind: "task-failing", task, failures, since: lastFailedAt }
      : { level: "note", kind: "task-failed-before", task, failures },
  );
}

function scheduleProblems({ now, schedules }: Facts): Problem[] {
  return schedules.flatMap(({ task, paused, nextDue }): Problem[] => {
    if (paused) return [{ level: "note", kind: "task-paused", task }];
    if (nextDue === null || now.getTime() - nextDue.getTime() <= OVERDUE_LIMIT_MS) return [];
    return [{ level: "warning", kind: "task-overdue", task, since: nextDue }];
  });
}

function redisAway({ redisAwaySince }: Facts): Problem[] {
  return redisAwaySince === null ? [] : [{ level: "warning", kind: "redis-away", since: redisAwaySince }];
}

function givenUp({ givenUp }: Facts): Problem[] {
  return givenUp > 0 ? [{ level: "warning", kind: "deliveries-given-up", count: givenUp }] : [];
}

function deadLetters({ deadLetters }: Facts): Problem[] {
  return deadLetters > 0 ? [{ level: "warning", kind: "dead-letters", count: deadLetters }] : [];
}
