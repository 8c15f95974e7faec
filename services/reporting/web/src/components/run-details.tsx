import type { Run } from "../data/answers.ts";
import { useSpeech } from "../language/language.tsx";
import { duration } from "../phrases/time.ts";
import { Instant } from "./moment.tsx";
import { Value } from "./value.tsx";

/** Everything on record of one attempt. */
export function RunDetails({ run }: { readonly run: Run }) {
  const { language, words } = useSpeech();
  const { runs } = words;
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
        <Fact name={runs.started}>
          <Instant at={run.startedAt} />
        </Fact>
        {run.durationMs !== null && <Fact name={runs.duration}>{duration(run.durationMs, language)}</Fact>}
        {run.itemsProcessed !== null && <Fact name={runs.items}>{run.itemsProcessed.toLocaleString(language)}</Fact>}
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
    </div>
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
