import { useQuery } from "@tanstack/react-query";
import { Fragment, useState } from "react";
import type { ListedRun } from "../data/answers.ts";
import { useFilter } from "../data/filter.ts";
import { jobsQuestion, runsQuestion } from "../data/questions.ts";
import { useMayAct } from "../data/session.ts";
import { useSpeech } from "../language/language.tsx";
import { duration, instant } from "../phrases/time.ts";
import { Moment } from "./moment.tsx";
import { Panel } from "./panel.tsx";
import { isActable, RunListActs } from "./run-acts.tsx";
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
  const [ticked, setTicked] = useState<readonly number[]>([]);
  const toggle = (id: number) => setTicked(ticked.includes(id) ? ticked.filter((one) => one !== id) : [...ticked, id]);
  const isFiltered = Object.keys(filter).length > 0;
  const tasks = jobs.data?.map(({ task }) => task) ?? [];
  return (
    <Panel name="runs" heading={words.runs.heading} answer={runs} tools={<RunFilters tasks={tasks} />}>
      {(page) =>
        page.runs.length === 0 ? (
          <p className="quiet">{isFiltered ? words.runs.emptyFiltered : words.runs.empty}</p>
        ) : (
          <>
            <div className="acts">
              <RunListActs runs={page.runs} ticked={ticked} />
            </div>
            <RunTable runs={page.runs} ticked={ticked} toggle={toggle} />
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

interface RunTableProps {
  readonly runs: readonly ListedRun[];
  readonly ticked: readonly number[];
  readonly toggle: (id: number) => void;
}

function RunTable({ runs, ticked, toggle }: RunTableProps) {
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
              open={() => setOpened(opened === run.id ? undefined : run.id)}
              isTicked={ticked.includes(run.id)}
              tick={() => toggle(run.id)}
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
  readonly run: ListedRun;
  readonly isOpen: boolean;
  readonly open: () => void;
  readonly isTicked: boolean;
  readonly tick: () => void;
}

function RunRow({ run, isOpen, open, isTicked, tick }: RunRowProps) {
  const { language, words } = useSpeech();
  const mayAct = useMayAct();
  const startedAt = new Date(run.startedAt);
  return (
    <tr>
      <th scope="row">
        {mayAct && isActable(run) && (
          <input
            type="checkbox"
            aria-label={words.runs.tick(run.task, instant(startedAt, new Date(), language))}
            checked={isTicked}
            onChange={tick}
          />
        )}
        <button
          type="button"
          className="disclose"
          aria-expanded={isOpen}
          aria-controls={isOpen ? `run-${run.id}` : undefined}
          onClick={open}
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
