import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import type { ChainAnswer, FeedPage, Issue, IssuePage, Job, Overview, RunPage } from "./answers.ts";
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

export const overviewQuestion = question<Overview>("overview");
export const jobsQuestion = question<readonly Job[]>("jobs");
export const chainQuestion = question<ChainAnswer>("chain");
export const issuesQuestion = question<IssuePage>("issues?status=open&limit=100");
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
  const kind = subject.split(".")[2];
  if (kind === "run") return ["overview", "jobs", "runs"];
  if (kind === "chain" || kind === "escrow") return ["overview", "chain"];
  if (kind === "consistency-issue") return ["overview", "issues"];
  if (kind === "deadletter" || kind === "tracker") return ["overview"];
  return [];
}
