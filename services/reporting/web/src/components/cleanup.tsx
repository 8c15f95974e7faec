import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { cleanupQuestion } from "../data/questions.ts";
import { useSpeech } from "../language/language.tsx";
import { FilterLink } from "./filter-link.tsx";
import { Choice } from "./filters.tsx";
import { Moment } from "./moment.tsx";
import { Panel } from "./panel.tsx";
import { TaskName } from "./task-name.tsx";

type Per = "day" | "run";

/** What was expired and deleted: each day, or each run. */
export function Cleanup() {
  const { words } = useSpeech();
  const say = words.cleanup;
  const [per, setPer] = useState<Per>("day");
  return (
    <Panel
      heading={say.heading}
      answer={useQuery(cleanupQuestion)}
      tools={<Choice label={say.per} value={per} change={(value) => setPer(value as Per)} options={say.pers} />}
    >
      {({ days, runs }) => {
        if (runs.length === 0) return <p className="quiet">{say.empty}</p>;
        return (
          <table>
            <caption className="hidden">{say.caption}</caption>
            <thead>
              <tr>
                <th scope="col">{say.when}</th>
                <th scope="col">{words.runs.task}</th>
                <th scope="col">{say.done}</th>
              </tr>
            </thead>
            <tbody>
              {per === "day"
                ? days.map(({ day, task, runs: count, counts }) => (
                    <tr key={`${day} ${task}`}>
                      <th scope="row">{day}</th>
                      <td>
                        <TaskName task={task} /> <span className="quiet">{say.runs(count)}</span>
                      </td>
                      <td>
                        <Counts counts={counts} />
                      </td>
                    </tr>
                  ))
                : runs.map(({ executionId, task, at, counts }) => (
                    <tr key={executionId}>
                      <th scope="row">
                        <Moment at={at} />
                      </th>
                      <td>
                        <FilterLink list="runs" filter={{ text: executionId }}>
                          <TaskName task={task} />
                        </FilterLink>
                      </td>
                      <td>
                        <Counts counts={counts} />
                      </td>
                    </tr>
                  ))}
            </tbody>
          </table>
        );
      }}
    </Panel>
  );
}

/** Of what there was anything to do. */
function Counts({ counts }: { readonly counts: Readonly<Record<string, number>> }) {
  const { language, words } = useSpeech();
  const done = Object.entries(counts).filter(([, count]) => count > 0);
  if (done.length === 0) return <span className="quiet">{words.events.nothingToDo}</span>;
  return done
    .map(([what, count]) => `${words.cleanup.kinds[what] ?? what}: ${count.toLocaleString(language)}`)
    .join(", ");
}
