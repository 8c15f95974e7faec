import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { Action } from "../data/answers.ts";
import { actionsQuestion } from "../data/questions.ts";
import { useSpeech } from "../language/language.tsx";
import { Moment } from "./moment.tsx";
import { ActionOutcome } from "./outcome.tsx";
import { Panel } from "./panel.tsx";

const FIRST_PAGE = 10;
const MOST = 200;

/** Who gave which command on this page, and what came of it. */
export function Actions() {
  const { words } = useSpeech();
  const { actions } = words.acting;
  const [limit, setLimit] = useState(FIRST_PAGE);
  return (
    <Panel heading={actions.heading} answer={useQuery(actionsQuestion(limit))}>
      {(page) =>
        page.actions.length === 0 ? (
          <p className="quiet">{actions.empty}</p>
        ) : (
          <>
            <ActionTable actions={page.actions} />
            {page.next !== null && limit < MOST && (
              <button type="button" className="small" onClick={() => setLimit(MOST)}>
                {words.more}
              </button>
            )}
          </>
        )
      }
    </Panel>
  );
}

function ActionTable({ actions: all }: { readonly actions: readonly Action[] }) {
  const { words } = useSpeech();
  const { actions } = words.acting;
  return (
    <table>
      <caption className="hidden">{actions.caption}</caption>
      <thead>
        <tr>
          <th scope="col">{actions.what}</th>
          <th scope="col">{actions.who}</th>
          <th scope="col">{actions.when}</th>
          <th scope="col">{actions.outcome}</th>
        </tr>
      </thead>
      <tbody>
        {all.map((action) => (
          <tr key={action.commandId}>
            <th scope="row">
              <span className="task">
                {action.target} {action.command}
              </span>
              <code className="line-of" title={action.commandId}>
                {JSON.stringify(action.data)}
              </code>
            </th>
            <td>{action.operator}</td>
            <td>
              <Moment at={action.at} />
            </td>
            <td>
              <ActionOutcome action={action} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
