import { useQuery } from "@tanstack/react-query";
import { useSyncExternalStore } from "react";
import type { IssuePage } from "../data/answers.ts";
import { issueQuestion, issuesQuestion } from "../data/questions.ts";
import { useSpeech } from "../language/language.tsx";
import { issueOfFragment } from "../phrases/fragment.ts";
import { IssueCard } from "./issue-card.tsx";
import { Panel } from "./panel.tsx";

export function Issues() {
  const { words } = useSpeech();
  const issues = useQuery(issuesQuestion);
  const linked = issueOfFragment(useSyncExternalStore(onFragment, () => location.hash));
  const isListed = issues.data?.issues.some(({ fingerprint }) => fingerprint === linked) ?? true;
  return (
    <>
      {linked !== undefined && !isListed && <LinkedIssue fingerprint={linked} />}
      <Panel heading={words.issues.heading} answer={issues}>
        {(page) => <IssueList page={page} linked={linked} />}
      </Panel>
    </>
  );
}

function IssueList({
  page: { issues, next },
  linked,
}: {
  readonly page: IssuePage;
  readonly linked: string | undefined;
}) {
  const { words } = useSpeech();
  if (issues.length === 0) return <p className="quiet">{words.issues.empty}</p>;
  return (
    <>
      <ul className="issues">
        {issues.map((issue) => (
          <li key={issue.fingerprint}>
            <IssueCard issue={issue} isLinked={issue.fingerprint === linked} />
          </li>
        ))}
      </ul>
      {next !== null && <p className="quiet">{words.issues.more}</p>}
    </>
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
