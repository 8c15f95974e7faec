import { useQuery } from "@tanstack/react-query";
import type { ListedRun, RunHistory } from "../data/answers.ts";
import { runQuestion } from "../data/questions.ts";
import { useSpeech } from "../language/language.tsx";
import { phraseEvent } from "../phrases/event.ts";
import { issueFragment } from "../phrases/fragment.ts";
import { duration } from "../phrases/time.ts";
import { Badge } from "./badge.tsx";
import { Instant, Moment } from "./moment.tsx";
import { RunActs } from "./run-acts.tsx";
import { RunBadge } from "./status.tsx";
import { Value } from "./value.tsx";

/** Everything on record of one attempt, and of the message that it is for. */
export function RunDetails({ run }: { readonly run: ListedRun }) {
  const { language, words } = useSpeech();
  const { runs } = words;
  const { data: history } = useQuery(runQuestion(run));
  return (
    <div className="details">
      {run.error && (
        <div className="failure">
          <h3>{runs.error}</h3>
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
          <pre tabIndex={0}>{run.error.stack ?? run.error.message}</pre>
        </div>
      )}
      <dl className="facts">
        <Fact name={runs.execution}>
          <code>{run.executionId}</code>
        </Fact>
        {history?.messageId && (
          <Fact name={runs.message}>
            <code>{history.messageId}</code>
          </Fact>
        )}
        <Fact name={runs.started}>
          <Instant at={run.startedAt} />
        </Fact>
        {run.durationMs !== null && <Fact name={runs.duration}>{duration(run.durationMs, language)}</Fact>}
        {run.itemsProcessed !== null && <Fact name={runs.items}>{run.itemsProcessed.toLocaleString(language)}</Fact>}
        {history?.cancellation && (
          <Fact name={runs.cancelled}>
            <Cancellation {...history.cancellation} />
          </Fact>
        )}
        <Fact name={runs.attempt}>{run.attempt}</Fact>
        {run.trigger && <Fact name={runs.trigger}>{run.trigger}</Fact>}
        <Fact name={runs.instance}>
          <code>{run.instance}</code>
        </Fact>
        {run.result !== null && (
          <Fact name={runs.result}>
            <Value value={run.result} />
          </Fact>
        )}
      </dl>
      {history && <Around history={history} />}
      <p className="quiet">
        {runs.log}: <code>npx vigia logs {run.executionId}</code>
      </p>
      <RunActs run={run} {...history} />
    </div>
  );
}

/** Who wanted it ended, when, and why. */
function Cancellation({ at, operator, commandId, reason }: NonNullable<RunHistory["cancellation"]>) {
  const { words } = useSpeech();
  return (
    <>
      <Moment at={at} /> {words.runs.cancelledBy(operator, commandId, reason ?? "")}
    </>
  );
}

/** Its other attempts, and what follows from it elsewhere on the page. */
function Around({ history: { attempts, progress, events, issues, deadLetters } }: { readonly history: RunHistory }) {
  const { language, words } = useSpeech();
  const { runs } = words;
  return (
    <>
      {progress && (
        <>
          <h3>
            {runs.progress} <Moment at={progress.at} />
          </h3>
          <Value value={progress.value} />
        </>
      )}
      {attempts.length > 1 && <Attempts attempts={attempts} />}
      {deadLetters.length > 0 && (
        <>
          <h3>{words.acting.deadLetters.heading}</h3>
          <ul className="steps">
            {deadLetters.map(({ id, sequence, reason }) => (
              <li key={id}>
                <a href="#dead-letters">{sequence}</a> {reason}
              </li>
            ))}
          </ul>
        </>
      )}
      {issues.length > 0 && (
        <>
          <h3>{words.issues.heading}</h3>
          <ul className="steps">
            {issues.map(({ fingerprint, check, change }) => (
              <li key={`${fingerprint} ${change}`}>
                <a href={issueFragment(fingerprint)}>{check}</a> {words.issues.steps.changes[change] ?? change}
              </li>
            ))}
          </ul>
        </>
      )}
      {events.length > 0 && (
        <>
          <h3>{runs.told}</h3>
          <ul className="steps">
            {events.map((event) => (
              <li key={event.position}>
                <Instant at={event.at} />{" "}
                <Badge tone={phraseEvent(event, words, language).tone}>
                  {phraseEvent(event, words, language).text}
                </Badge>
              </li>
            ))}
          </ul>
        </>
      )}
    </>
  );
}

/** Those before and after it, for the same message. */
function Attempts({ attempts }: Pick<RunHistory, "attempts">) {
  const { words } = useSpeech();
  return (
    <>
      <h3>{words.runs.attempts}</h3>
      <ol className="steps">
        {attempts.map((run) => (
          <li key={run.id}>
            <Instant at={run.startedAt} /> <RunBadge status={run.status} />{" "}
            {run.error && <span className="quiet">{run.error.message}</span>}
          </li>
        ))}
      </ol>
    </>
  );
}

function Fact({ name, children }: { readonly name: string; readonly children: React.ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
