import { infiniteQueryOptions, keepPreviousData, queryOptions } from "@tanstack/react-query";
import type {
  Action,
  ActionPage,
  ChainAnswer,
  CleanupAnswer,
  DeadLetterDetails,
  DeadLetterPage,
  FeedPage,
  IssueDetails,
  IssuePage,
  Job,
  Lock,
  NoticePage,
  Overview,
  Run,
  RunHistory,
  RunPage,
  RunTimeline,
  SessionAnswer,
} from "./answers.ts";
import { ask } from "./ask.ts";
import { FEED_LENGTH } from "./feed-page.ts";
import { type FilterOf, searchOf } from "./filter.ts";
import { isPaused } from "./pause.ts";

/** Events say when to ask again; this is for when they do not come. */
const REFRESH_MS = 30_000;
const PROGRESS_MS = 2_000;
const ISSUES_AT_ONCE = 25;
/** What the API answers at once. */
const MOST_AT_ONCE = 200;
/** In the address: of what happened, what went wrong alone. */
export const WARNINGS = "warnings";
/** What one command marks. */
export const MOST_MARKED = 500;

/** What stands still is not asked for anew. */
const whileLive = (everyMs: number) => () => (isPaused() ? false : everyMs);

const question = <Answer>(path: string) =>
  queryOptions({
    queryKey: [path.split(/[/?]/)[0] ?? path, path],
    queryFn: ({ signal }) => ask<Answer>(path, signal),
    refetchInterval: whileLive(REFRESH_MS),
    placeholderData: keepPreviousData,
  });

export const sessionQuestion = question<SessionAnswer>("session");
export const overviewQuestion = question<Overview>("overview");
export const jobsQuestion = question<readonly Job[]>("jobs");
export const chainQuestion = question<ChainAnswer>("chain");
export const cleanupQuestion = question<CleanupAnswer>("cleanup");
export const locksQuestion = question<readonly Lock[]>("locks");
export const actionsQuestion = (limit: number) => question<ActionPage>(`actions?limit=${limit}`);
/** What came of one's own command shows in any case. */
export const actionQuestion = (commandId: string) => ({
  ...question<Action>(`actions/${encodeURIComponent(commandId)}`),
  refetchInterval: () => (isPaused() ? PROGRESS_MS : REFRESH_MS),
});
export const deadLettersQuestion = (filter: FilterOf<"dead-letters">, limit: number) =>
  question<DeadLetterPage>(`dead-letters?${searchOf({ ...filter, limit: String(limit) })}`);
export const deadLetterQuestion = (id: string) => question<DeadLetterDetails>(`dead-letters/${encodeURIComponent(id)}`);
export const issuesQuestion = (filter: FilterOf<"issues">) =>
  infiniteQueryOptions({
    queryKey: ["issues", "pages", filter],
    queryFn: ({ pageParam, signal }) => askIssues(filter, pageParam, ISSUES_AT_ONCE, signal),
    initialPageParam: "",
    getNextPageParam: ({ next }) => next,
    refetchInterval: whileLive(REFRESH_MS),
    placeholderData: keepPreviousData,
  });
export const issueQuestion = (fingerprint: string) =>
  question<IssueDetails>(`issues/${encodeURIComponent(fingerprint)}`);
export const feedQuestion = queryOptions({
  queryKey: ["events"],
  queryFn: ({ signal }) => ask<FeedPage>(`events?limit=${FEED_LENGTH}`, signal),
  staleTime: Number.POSITIVE_INFINITY,
});
/** Of what happened, what is looked for. */
export const eventsQuestion = ({ show, text }: FilterOf<"events">) => {
  const warnings = show === WARNINGS ? "true" : undefined;
  return {
    ...question<FeedPage>(`events?${searchOf({ text, warnings, limit: String(FEED_LENGTH) })}`),
    queryKey: [FOUND, show ?? "", text ?? ""],
  };
};
export const runsQuestion = (filter: FilterOf<"runs">, limit: number) =>
  question<RunPage>(`runs?${searchOf({ ...filter, limit: String(limit) })}`);

export const noticesQuestion = (filter: FilterOf<"notifications">, limit: number) =>
  question<NoticePage>(`notifications?${searchOf({ ...filter, limit: String(limit) })}`);
export const timelineQuestion = (hours: number) => question<RunTimeline>(`runs/timeline?hours=${hours}`);
/** What is under way is asked anew as it goes on, for no event tells of each step. */
export const runQuestion = ({ executionId, status }: Pick<Run, "executionId" | "status">) => ({
  ...question<RunHistory>(`runs/${encodeURIComponent(executionId)}`),
  refetchInterval: whileLive(status === "running" ? PROGRESS_MS : REFRESH_MS),
});

function askIssues(filter: FilterOf<"issues">, before: string, limit: number, signal: AbortSignal) {
  return ask<IssuePage>(`issues?${searchOf({ ...filter, before, limit: String(limit) })}`, signal);
}

/** Those that match, worst first: as many as one command takes. */
export async function fingerprintsOf(filter: FilterOf<"issues">): Promise<string[]> {
  const found: string[] = [];
  let before: string | null = "";
  while (before !== null && found.length < MOST_MARKED) {
    const page: IssuePage = await askIssues(filter, before, MOST_AT_ONCE, new AbortController().signal);
    found.push(...page.issues.map(({ fingerprint }) => fingerprint));
    before = page.next;
  }
  return found.slice(0, MOST_MARKED);
}

/** Which questions have another answer now that this event came. */
export function questionsChangedBy(subject: string): readonly string[] {
  const [, , kind, detail, target] = subject.split(".");
  if (kind === "run") return ["overview", "jobs", "runs", "locks", ...(FAILURES.includes(detail) ? [FOUND] : [])];
  if (kind === "command") return ["actions", ...(CHANGED_BY_COMMANDS[target ?? ""] ?? [])];
  if (kind === "chain" && detail === "resync-progress") return ["actions", "chain"];
  if (kind === "escrow") return ["overview", "chain"];
  if (kind === "chain" || kind === "provider") return ["overview", "chain", FOUND];
  if (kind === "consistency-issue") return ["overview", "issues", FOUND];
  if (kind === "cleanup-report") return ["cleanup"];
  if (kind === "deadletter") return ["overview", "dead-letters", FOUND];
  return kind === "tracker" ? ["overview", FOUND] : [];
}

/** What is looked for among all that happened. */
const FOUND = "events-found";
const FAILURES: readonly (string | undefined)[] = ["failed", "recovered", "cancelled"];

/** By target: what no other event says of it. */
const CHANGED_BY_COMMANDS: Readonly<Record<string, readonly string[]>> = {
  scheduler: ["overview", "jobs"],
  runs: ["runs"],
  "chain-sync": ["chain"],
  deadletters: ["overview", "dead-letters", "runs"],
  notifications: ["overview", "notifications"],
};
