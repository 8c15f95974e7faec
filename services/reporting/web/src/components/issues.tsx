import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useSyncExternalStore } from "react";
import type { Issue } from "../data/answers.ts";
import { markIssues } from "../data/commands.ts";
import { type FilterOf, useFilter } from "../data/filter.ts";
import { fingerprintsOf, issueQuestion, issuesQuestion, MOST_MARKED } from "../data/questions.ts";
import { useSpeech } from "../language/language.tsx";
import { issueOfFragment } from "../phrases/fragment.ts";
import { Act } from "./act.tsx";
import { IssueCard } from "./issue-card.tsx";
import { EVERY_STATUS, IssueFilters } from "./issue-filters.tsx";
import { Panel } from "./panel.tsx";

export function Issues() {
  const { words } = useSpeech();
  const [{ status = "open", ...others }] = useFilter("issues");
  const filter = status === EVERY_STATUS ? others : { ...others, status };
  const issues = useInfiniteQuery(issuesQuestion(filter));
  const linked = issueOfFragment(useSyncExternalStore(onFragment, () => location.hash));
  const shown = issues.data?.pages.flatMap((page) => page.issues);
  const isListed = shown?.some(({ fingerprint }) => fingerprint === linked) ?? true;
  return (
    <>
      {linked !== undefined && !isListed && <LinkedIssue fingerprint={linked} />}
      <Panel name="issues" heading={words.issues.heading} answer={issues} tools={<IssueFilters />}>
        {({ pages }) => (
          <>
            <MarkAll filter={filter} total={pages[0]?.total ?? 0} />
            <IssueList issues={shown ?? []} linked={linked} status={status} />
            {issues.hasNextPage && (
              <button type="button" className="small" onClick={() => void issues.fetchNextPage()}>
                {words.more}
              </button>
            )}
          </>
        )}
      </Panel>
    </>
  );
}

interface MarkAllProps {
  readonly filter: FilterOf<"issues">;
  readonly total: number;
}

/** How many match, and what can be said of all of them at once. */
function MarkAll({ filter, total }: MarkAllProps) {
  const { words } = useSpeech();
  const { acknowledge, snooze, markAll, until, reason } = words.acting;
  if (total < 2) return null;
  const why = { name: "reason", label: reason, type: "text" } as const;
  const when = { name: "until", label: until, type: "datetime-local", isRequired: true } as const;
  const count = Math.min(total, MOST_MARKED);
  const text = (consequence: string) => `${markAll.which(count, total)} ${consequence}`;
  return (
    <div className="acts">
      <span className="quiet">{words.issues.matching(total)}</span>
      {filter.status !== "resolved" && filter.status !== "acknowledged" && (
        <Act
          label={markAll.acknowledge(count)}
          title={markAll.acknowledge(count)}
          text={text(acknowledge.text)}
          fields={[why]}
          commands={async (values) => [markIssues("acknowledge", await fingerprintsOf(filter), values)]}
        />
      )}
      {filter.status !== "resolved" && (
        <Act
          label={markAll.snooze(count)}
          title={markAll.snooze(count)}
          text={text(snooze.text)}
          fields={[when, why]}
          commands={async (values) => [markIssues("snooze", await fingerprintsOf(filter), values)]}
        />
      )}
    </div>
  );
}

interface IssueListProps {
  readonly issues: readonly Issue[];
  readonly linked: string | undefined;
  readonly status: string;
}

function IssueList({ issues, linked, status }: IssueListProps) {
  const { words } = useSpeech();
  if (issues.length === 0) {
    return <p className="quiet">{status === "open" ? words.issues.empty : words.acting.noSuchIssues}</p>;
  }
  return (
    <ul className="issues">
      {issues.map((issue) => (
        <li key={issue.fingerprint}>
          <IssueCard issue={issue} isLinked={issue.fingerprint === linked} />
        </li>
      ))}
    </ul>
  );
}

/** A link may point at an issue that is not open any more. */
function LinkedIssue({ fingerprint }: { readonly fingerprint: string }) {
  const { words } = useSpeech();
  return (
    <Panel heading={words.issues.linked} answer={useQuery(issueQuestion(fingerprint))}>
      {(issue) => <IssueCard issue={issue} isLinked />}
    </Panel>
  );
}

function onFragment(changed: () => void): () => void {
  addEventListener("hashchange", changed);
  return () => removeEventListener("hashchange", changed);
}
