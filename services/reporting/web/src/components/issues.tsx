import { useQuery } from "@tanstack/react-query";
import { useState, useSyncExternalStore } from "react";
import type { IssuePage, IssueStatus } from "../data/answers.ts";
import { issueQuestion, issuesQuestion } from "../data/questions.ts";
import { useSpeech } from "../language/language.tsx";
import { issueOfFragment } from "../phrases/fragment.ts";
import { IssueCard } from "./issue-card.tsx";
import { Panel } from "./panel.tsx";

export function Issues() {
  const { words } = useSpeech();
  const [status, setStatus] = useState<IssueStatus>("open");
  const issues = useQuery(issuesQuestion(status));
  const linked = issueOfFragment(useSyncExternalStore(onFragment, () => location.hash));
  const isListed = issues.data?.issues.some(({ fingerprint }) => fingerprint === linked) ?? true;
  return (
    <>
      {linked !== undefined && !isListed && <LinkedIssue fingerprint={linked} />}
      <Panel heading={words.issues.heading} answer={issues} tools={<StatusFilter status={status} change={setStatus} />}>
        {(page) => <IssueList page={page} linked={linked} status={status} />}
      </Panel>
    </>
  );
}

interface StatusFilterProps {
  readonly status: IssueStatus;
  readonly change: (status: IssueStatus) => void;
}

function StatusFilter({ status, change }: StatusFilterProps) {
  const { words } = useSpeech();
  const statuses = Object.keys(words.issues.statuses) as IssueStatus[];
  return (
    <label>
      <span className="hidden">{words.acting.issueStatus}</span>
      <select value={status} onChange={({ target }) => change(target.value as IssueStatus)}>
        {statuses.map((one) => (
          <option key={one} value={one}>
            {words.issues.statuses[one]}
          </option>
        ))}
      </select>
    </label>
  );
}

interface IssueListProps {
  readonly page: IssuePage;
  readonly linked: string | undefined;
  readonly status: IssueStatus;
}

function IssueList({ page: { issues, next }, linked, status }: IssueListProps) {
  const { words } = useSpeech();
  if (issues.length === 0) {
    return <p className="quiet">{status === "open" ? words.issues.empty : words.acting.noSuchIssues}</p>;
  }
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
