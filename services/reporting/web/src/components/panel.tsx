import type { UseQueryResult } from "@tanstack/react-query";
import { type ReactNode, useId } from "react";
import { useSpeech } from "../language/language.tsx";

/** What a question has come to, asked by pages or at once. */
type Answered<Answer> = Pick<UseQueryResult<Answer>, "data" | "error" | "isPending"> & {
  readonly refetch: () => Promise<unknown>;
};

interface PanelProps<Answer> {
  /** Where links within the page lead to. */
  readonly name?: string;
  readonly heading: string;
  readonly answer: Answered<Answer>;
  /** Beside the heading. */
  readonly tools?: ReactNode;
  readonly children: (answer: Answer) => ReactNode;
}

/** A part of the page with its heading, while it loads, when it fails, and when it has its answer. */
export function Panel<Answer>({ name, heading, answer, tools, children }: PanelProps<Answer>) {
  const id = useId();
  return (
    <section id={name} className="panel" aria-labelledby={id}>
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

function Failure({ answer }: { readonly answer: Answered<unknown> }) {
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
