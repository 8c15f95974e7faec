import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import type {
  Action,
  ActionPage,
  ChainAnswer,
  DeadLetterDetails,
  DeadLetterPage,
  FeedPage,
  Issue,
  IssuePage,
  IssueStatus,
  Job,
  Lock,
  Overview,
  RunPage,
  SessionAnswer,
} from "./answers.ts";
import { ask } from "./ask.ts";
import { FEED_LENGTH } from "./feed-page.ts";
import { type RunFilter, searchOf } from "./run-filter.ts";

/** Events say when to ask again; this is for when they do not come. */
const REFRESH_MS = 30_000;

const question = <Answer>(path: string) =>
  queryOptions({
    queryKey: [path.split(/[/?]/)[0] ?? path, path],
    queryFn: ({ signal }) => ask<Answer>(path, signal),
    refetchInterval: REFRESH_MS,
    placeholderData: keepPreviousData,
  });

export const sessionQuestion = question<SessionAnswer>("session");
export const overviewQuestion = question<Overview>("overview");
export const jobsQuestion = question<readonly Job[]>("jobs");
export const chainQuestion = question<ChainAnswer>("chain");
export const locksQuestion = question<readonly Lock[]>("locks");
export const actionsQuestion = (limit: number) => question<ActionPage>(`actions?limit=${limit}`);
export const actionQuestion = (commandId: string) => question<Action>(`actions/${encodeURIComponent(commandId)}`);
export const deadLettersQuestion = (consumer: string, limit: number) =>
  question<DeadLetterPage>(`dead-letters?${searchOf({ consumer, limit: String(limit) })}`);
export const deadLetterQuestion = (id: string) => question<DeadLetterDetails>(`dead-letters/${encodeURIComponent(id)}`);
export const issuesQuestion = (status: IssueStatus) => question<IssuePage>(`issues?status=${status}&limit=100`);
export const issueQuestion = (fingerprint: string) => question<Issue>(`issues/${encodeURIComponent(fingerprint)}`);
export const feedQuestion = queryOptions({
  queryKey: ["events"],
  queryFn: ({ signal }) => ask<FeedPage>(`events?limit=${FEED_LENGTH}`, signal),
  staleTime: Number.POSITIVE_INFINITY,
});
export const runsQuestion = (filter: RunFilter, limit: number) =>
  question<RunPage>(`runs?${searchOf({ ...filter, limit: String(limit) })}`);

/** Which questions have another answer now that this event came. */
export function questionsChangedBy(subject: string): readonly string[] {
  const [, , kind, detail, target] = subject.split(".");
  if (kind === "run") return ["overview", "jobs", "runs", "locks"];
  if (kind === "command") return ["actions", ...(CHANGED_BY_COMMANDS[target ?? ""] ?? [])];
  if (kind === "chain" && detail === "resync-progress") return ["actions"];
  if (kind === "chain" || kind === "escrow") return ["overview", "chain"];
  if (kind === "consistency-issue") return ["overview", "issues"];
  if (kind === "deadletter") return ["overview", "dead-letters"];
  return kind === "tracker" ? ["overview"] : [];
}

/** By target: what no other event says of it. */
const CHANGED_BY_COMMANDS: Readonly<Record<string, readonly string[]>> = {
  scheduler: ["overview", "jobs"],
  deadletters: ["overview", "dead-letters"],
};
