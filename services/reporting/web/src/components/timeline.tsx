import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { RunBar, RunStatus, RunTimeline } from "../data/answers.ts";
import { timelineQuestion } from "../data/questions.ts";
import { useSpeech } from "../language/language.tsx";
import { instant } from "../phrases/time.ts";
import { FilterLink } from "./filter-link.tsx";
import { Choice } from "./filters.tsx";
import { Panel } from "./panel.tsx";
import { TaskName } from "./task-name.tsx";

const HOURS = [1, 6, 24];
/** The drawing's own units. */
const [WIDTH, HEIGHT, THINNEST] = [1_000, 16, 2];

/** When each task ran, and how it ended. */
export function Timeline() {
  const { words } = useSpeech();
  const { timeline } = words.runs;
  const [hours, setHours] = useState(HOURS[1] ?? 1);
  const options = Object.fromEntries(HOURS.map((one) => [String(one), timeline.hours(one)]));
  return (
    <Panel
      heading={timeline.heading}
      answer={useQuery(timelineQuestion(hours))}
      tools={
        <Choice
          label={timeline.range}
          value={String(hours)}
          change={(value) => setHours(Number(value))}
          options={options}
        />
      }
    >
      {(answer) =>
        answer.runs.length === 0 ? <p className="quiet">{words.runs.empty}</p> : <Bars timeline={answer} />
      }
    </Panel>
  );
}

function Bars({ timeline: { from, to, runs } }: { readonly timeline: RunTimeline }) {
  const tasks = [...new Set(runs.map(({ task }) => task))].sort();
  return (
    <ul className="timeline">
      {tasks.map((task) => (
        <li key={task}>
          <FilterLink list="runs" filter={{ task }}>
            <TaskName task={task} />
          </FilterLink>
          <TaskBars from={Date.parse(from)} to={Date.parse(to)} runs={runs.filter((run) => run.task === task)} />
        </li>
      ))}
    </ul>
  );
}

interface TaskBarsProps {
  readonly from: number;
  readonly to: number;
  readonly runs: readonly RunBar[];
}

/** What went wrong stands higher: it is told from the rest without its colour too. */
function TaskBars({ from, to, runs }: TaskBarsProps) {
  const { language, words } = useSpeech();
  const place = (at: number) => (Math.max(0, at - from) / (to - from)) * WIDTH;
  const counted = Object.entries(words.runs.statuses).flatMap(([status, name]) => {
    const count = runs.filter((run) => run.status === status).length;
    return count > 0 ? [`${count.toLocaleString(language)} ${name}`] : [];
  });
  return (
    <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" role="img" aria-label={counted.join(", ")}>
      {runs.map(({ executionId, status, startedAt, endedAt }, index) => {
        const x = place(Date.parse(startedAt));
        const height = isBad(status) ? HEIGHT : HEIGHT / 2;
        return (
          // biome-ignore lint/suspicious/noArrayIndexKey: an execution has a bar for each of its attempts
          <g key={`${executionId}-${index}`} className={`bar ${status}`}>
            <title>{`${words.runs.statuses[status]} · ${instant(new Date(startedAt), new Date(to), language)}`}</title>
            <rect
              x={x}
              y={HEIGHT - height}
              width={Math.max(THINNEST, place(endedAt === null ? to : Date.parse(endedAt)) - x)}
              height={height}
            />
          </g>
        );
      })}
    </svg>
  );
}

function isBad(status: RunStatus): boolean {
  return status === "failed" || status === "recovered";
}
