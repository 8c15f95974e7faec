import { useQuery } from "@tanstack/react-query";
import { Fragment, useState } from "react";
import type { Run } from "../data/answers.ts";
import { useFilter } from "../data/filter.ts";
import { jobsQuestion, runsQuestion } from "../data/questions.ts";
import { useSpeech } from "../language/language.tsx";
import { duration } from "../phrases/time.ts";
import { Moment } from "./moment.tsx";
import { Panel } from "./panel.tsx";
import { RunDetails } from "./run-details.tsx";
import { RunFilters } from "./run-filters.tsx";
import { RunBadge } from "./status.tsx";
import { TaskName } from "./task-name.tsx";

const FIRST_PAGE = 15;
const MORE = 35;
const MOST = 200;

export function Runs() {
  const { words } = useSpeech();
  const [filter] = useFilter("runs");
  const [limit, setLimit] = useState(FIRST_PAGE);
  const runs = useQuery(runsQuestion(filter, limit));
  const jobs = useQuery(jobsQuestion);
  const isFiltered = Object.keys(filter).length > 0;
  const tasks = jobs.data?.map(({ task }) => task) ?? [];
  return (
    <Panel name="runs" heading={words.runs.heading} answer={runs} tools={<RunFilters tasks={tasks} />}>
      {(page) =>
        page.runs.length === 0 ? (
          <p className="quiet">{isFiltered ? words.runs.emptyFiltered : words.runs.empty}</p>
        ) : (
          <>
            <RunTable runs={page.runs} />
            {page.next !== null && limit < MOST && (
              <button type="button" className="small" onClick={() => setLimit(Math.min(limit + MORE, MOST))}>
                {words.more}
              </button>
            )}
          </>
        )
      }
    </Panel>
  );
}

function RunTable({ runs }: { readonly runs: readonly Run[] }) {
  const { words } = useSpeech();
  const [opened, setOpened] = useState<number>();
  return (
    <table className="runs">
      <caption className="hidden">{words.runs.caption}</caption>
      <thead>
        <tr>
          <th scope="col">{words.runs.task}</th>
          <th scope="col">{words.runs.status}</th>
          <th scope="col">{words.runs.started}</th>
          <th scope="col" className="number roomy">
            {words.runs.duration}
          </th>
          <th scope="col" className="number roomy">
            {words.runs.items}
          </th>
          <th scope="col" className="number roomy">
            {words.runs.attempt}
          </th>
        </tr>
      </thead>
      <tbody>
        {runs.map((run) => (
          <Fragment key={run.id}>
            <RunRow
              run={run}
              isOpen={opened === run.id}
              toggle={() => setOpened(opened === run.id ? undefined : run.id)}
            />
            {opened === run.id && (
              <tr id={`run-${run.id}`} className="opened">
                <td colSpan={6}>
                  <RunDetails run={run} />
                </td>
              </tr>
            )}
          </Fragment>
        ))}
      </tbody>
    </table>
  );
}

interface RunRowProps {
  readonly run: Run;
  readonly isOpen: boolean;
  readonly toggle: () => void;
}

function RunRow({ run, isOpen, toggle }: RunRowProps) {
  const { language } = useSpeech();
  return (
    <tr>
      <th scope="row">
        <button
          type="button"
          className="disclose"
          aria-expanded={isOpen}
          aria-controls={isOpen ? `run-${run.id}` : undefined}
          onClick={toggle}
        >
          <span className="glyph" aria-hidden="true">
            {isOpen ? "▾" : "▸"}
          </span>
          <TaskName task={run.task} />
        </button>
        {run.error && <span className="error-line">{run.error.message}</span>}
      </th>
      <td>
        <RunBadge status={run.status} />
      </td>
      <td>
        <Moment at={run.startedAt} />
      </td>
      <td className="number roomy">{run.durationMs === null ? "" : duration(run.durationMs, language)}</td>
      <td className="number roomy">{run.itemsProcessed?.toLocaleString(language)}</td>
      <td className="number roomy">{run.attempt}</td>
    </tr>
  );
}
