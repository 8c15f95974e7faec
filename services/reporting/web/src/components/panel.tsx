import type { UseQueryResult } from "@tanstack/react-query";
import { type ReactNode, useId } from "react";
import { useSpeech } from "../language/language.tsx";

interface PanelProps<Answer> {
  readonly heading: string;
  readonly answer: UseQueryResult<Answer>;
  /** Beside the heading. */
  readonly tools?: ReactNode;
  readonly children: (answer: Answer) => ReactNode;
}

/** A part of the page with its heading, while it loads, when it fails, and when it has its answer. */
export function Panel<Answer>({ heading, answer, tools, children }: PanelProps<Answer>) {
  const id = useId();
  return (
    <section className="panel" aria-labelledby={id}>
      <header className="panel-head">
        <h2 id={id}>{heading}</h2>
        {tools}
      </header>
      {answer.error && <Failure answer={answer} />}
      {answer.data === undefined ? answer.isPending && <Loading /> : children(answer.data)}
    </section>
  );
}

function Loading() {
  const { words } = useSpeech();
  return (
    <p className="quiet" aria-busy="true">
      {words.loading}
    </p>
  );
}

function Failure({ answer }: { readonly answer: UseQueryResult<unknown> }) {
  const { words } = useSpeech();
  return (
    <div className="failure" role="alert">
      <p>
        <strong>{words.failed}:</strong> {answer.error?.message}
        {answer.data !== undefined && <> {words.stale}</>}
      </p>
      <button type="button" className="small" onClick={() => void answer.refetch()}>
        {words.retry}
      </button>
    </div>
  );
}
