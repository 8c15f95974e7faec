import type { IssueDetails, IssueStep } from "../data/answers.ts";
import { useSpeech } from "../language/language.tsx";
import { Instant } from "./moment.tsx";

/** What became of an issue, and who said so. */
export function IssueHistory({ history }: Pick<IssueDetails, "history">) {
  const { words } = useSpeech();
  const { steps } = words.issues;
  return (
    <>
      <h3>{steps.heading}</h3>
      <ol className="steps">
        {history.map((step, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: steps are only added at the end
          <li key={index}>
            <Instant at={step.at} /> {steps.changes[step.change] ?? step.change}{" "}
            <span className="quiet">{steps.by(sayerOf(step))}</span>
            {step.reason && <span className="line-of quiet">{step.reason}</span>}
          </li>
        ))}
      </ol>
    </>
  );
}

/** Undefined: nobody said so, a check found it. Empty: somebody who did not use this page. */
function sayerOf({ commandId, operator }: IssueStep): string | undefined {
  return commandId === null ? undefined : (operator ?? "");
}
