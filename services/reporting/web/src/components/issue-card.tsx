import { useQuery } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import type { Issue } from "../data/answers.ts";
import { markIssue } from "../data/commands.ts";
import { issueQuestion } from "../data/questions.ts";
import { useSpeech } from "../language/language.tsx";
import { issueFragment } from "../phrases/fragment.ts";
import { Act } from "./act.tsx";
import { IssueHistory } from "./issue-history.tsx";
import { Moment } from "./moment.tsx";
import { SeverityBadge } from "./status.tsx";
import { Typed } from "./typed.tsx";
import { Value } from "./value.tsx";

interface IssueCardProps {
  readonly issue: Issue;
  /** The address points at it: it opens and comes into view. */
  readonly isLinked: boolean;
}

export function IssueCard({ issue, isLinked }: IssueCardProps) {
  const { words } = useSpeech();
  const card = useRef<HTMLDetailsElement>(null);
  const [isOpen, setOpen] = useState(isLinked);
  useEffect(() => {
    if (!isLinked) return;
    setOpen(true);
    card.current?.scrollIntoView({ block: "center" });
  }, [isLinked]);

  const meaning = words.issues.meanings[issue.check];
  return (
    <details
      ref={card}
      className={isLinked ? "issue linked" : "issue"}
      open={isOpen}
      onToggle={({ currentTarget }) => setOpen(currentTarget.open)}
    >
      <summary>
        <SeverityBadge severity={issue.severity} />
        <span className="issue-text">
          <span>{meaning ?? issue.check}</span>
          <span className="quiet">
            {meaning && (
              <>
                <code>{issue.check}</code> ·{" "}
              </>
            )}
            {issue.entityType} <code>{issue.entityId}</code>
          </span>
        </span>
        <span className="issue-time quiet">
          <Moment at={issue.firstSeen} />
          <span>{words.issues.occurrences(issue.occurrences)}</span>
        </span>
      </summary>
      {isOpen && <IssueDetails issue={issue} />}
    </details>
  );
}

function IssueDetails({ issue }: { readonly issue: Issue }) {
  const { words } = useSpeech();
  const hasEvidence = Object.keys(issue.evidence).length > 0;
  const { data: details } = useQuery(issueQuestion(issue.fingerprint));
  const advice = words.issues.advice[issue.check];
  return (
    <div className="details">
      {advice && (
        <>
          <h3>{words.issues.why}</h3>
          <p>{advice.why}</p>
          <h3>{words.issues.remedy}</h3>
          <p>
            <Typed text={advice.remedy} />
          </p>
        </>
      )}
      <dl className="facts">
        <div>
          <dt>{words.runs.status}</dt>
          <dd>
            {words.issues.statuses[issue.status]}
            {issue.reason && <span className="line-of quiet">{issue.reason}</span>}
          </dd>
        </div>
        <div>
          <dt>{words.issues.firstSeen}</dt>
          <dd>
            <Moment at={issue.firstSeen} />
          </dd>
        </div>
        <div>
          <dt>{words.issues.lastSeen}</dt>
          <dd>
            <Moment at={issue.lastSeen} />
          </dd>
        </div>
      </dl>
      <h3>{words.issues.evidence}</h3>
      {hasEvidence ? <Value value={issue.evidence} /> : <p className="quiet">{words.issues.noEvidence}</p>}
      {details && details.history.length > 0 && <IssueHistory history={details.history} />}
      <p>
        <a href={issueFragment(issue.fingerprint)}>{words.issues.link}</a>
      </p>
      <IssueActs issue={issue} />
    </div>
  );
}

/** What can be said of an issue in its present state; of a resolved one, nothing. */
function IssueActs({ issue: { fingerprint, check, status } }: { readonly issue: Issue }) {
  const { words } = useSpeech();
  const { acknowledge, snooze, reopen, until, reason } = words.acting;
  if (status === "resolved") return null;
  const why = { name: "reason", label: reason, type: "text" } as const;
  const when = { name: "until", label: until, type: "datetime-local", isRequired: true } as const;
  return (
    <span className="acts">
      {status !== "acknowledged" && (
        <Act
          {...acknowledge}
          title={acknowledge.title(check)}
          fields={[why]}
          commands={(values) => [markIssue("acknowledge", fingerprint, values)]}
        />
      )}
      {status !== "snoozed" && (
        <Act
          {...snooze}
          title={snooze.title(check)}
          fields={[when, why]}
          commands={(values) => [markIssue("snooze", fingerprint, values)]}
        />
      )}
      {status !== "open" && (
        <Act
          {...reopen}
          title={reopen.title(check)}
          fields={[why]}
          commands={(values) => [markIssue("reopen", fingerprint, values)]}
        />
      )}
    </span>
  );
}
