import type { ListedRun, RunHistory } from "../data/answers.ts";
import { cancelRun, replay } from "../data/commands.ts";
import { useSpeech } from "../language/language.tsx";
import { Act } from "./act.tsx";

interface ListActsProps {
  readonly runs: readonly ListedRun[];
  readonly ticked: readonly number[];
}

/** What can be done about the runs that are listed: those that are ticked, or else all. */
export function RunListActs({ runs, ticked }: ListActsProps) {
  const { words } = useSpeech();
  const { cancelRun: cancel, retryRun: retry, reason } = words.acting;
  const isTicked = ticked.length > 0;
  const chosen = isTicked ? runs.filter(({ id }) => ticked.includes(id)) : runs;
  const underWay = chosen.filter(({ status }) => status === "running");
  const letters = lettersOf(chosen);
  const name = ({ ticked, all }: typeof cancel, count: number) => (isTicked ? ticked(count) : all(count));
  return (
    <>
      {underWay.length > 0 && (
        <Act
          label={name(cancel, underWay.length)}
          title={name(cancel, underWay.length)}
          text={cancel.text}
          fields={[{ name: "reason", label: reason, type: "text" }]}
          commands={(values) => underWay.map(({ executionId }) => cancelRun(executionId, values))}
        />
      )}
      {letters.length > 0 && (
        <Act
          label={name(retry, letters.length)}
          title={name(retry, letters.length)}
          text={retry.text}
          commands={() => letters.map((sequence) => replay({ sequence }))}
        />
      )}
    </>
  );
}

/** What can be done about one run. */
export function RunActs({ run, deadLetters }: { readonly run: ListedRun } & Partial<Pick<RunHistory, "deadLetters">>) {
  const { words } = useSpeech();
  const { cancelRun: cancel, retryRun: retry, reason } = words.acting;
  const waiting = deadLetters?.find(({ resolvedAt }) => resolvedAt === null);
  return (
    <div className="acts">
      {run.status === "running" && (
        <Act
          label={cancel.label}
          title={cancel.title(run.task)}
          text={cancel.text}
          fields={[{ name: "reason", label: reason, type: "text" }]}
          commands={(values) => [cancelRun(run.executionId, values)]}
        />
      )}
      {waiting && (
        <Act
          label={retry.label}
          title={retry.title(run.task)}
          text={retry.text}
          commands={() => [replay({ sequence: waiting.sequence })]}
        />
      )}
    </div>
  );
}

/** Whether anything can be done about it from the list. */
export function isActable({ status, deadLetter }: ListedRun): boolean {
  return status === "running" || deadLetter !== null;
}

/** Several attempts may be for one message. */
function lettersOf(runs: readonly ListedRun[]): readonly number[] {
  return [...new Set(runs.flatMap(({ deadLetter }) => deadLetter ?? []))];
}
