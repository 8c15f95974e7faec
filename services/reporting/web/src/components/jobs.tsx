import { useQuery } from "@tanstack/react-query";
import type { Job } from "../data/answers.ts";
import { useNow } from "../data/now.ts";
import { jobsQuestion } from "../data/questions.ts";
import { useSpeech } from "../language/language.tsx";
import { scheduleInWords } from "../phrases/schedule.ts";
import { duration } from "../phrases/time.ts";
import { Badge } from "./badge.tsx";
import { Moment } from "./moment.tsx";
import { Panel } from "./panel.tsx";
import { RunBadge } from "./status.tsx";
import { TaskName } from "./task-name.tsx";

export function Jobs() {
  const { words } = useSpeech();
  const jobs = useQuery(jobsQuestion);
  return (
    <Panel heading={words.jobs.heading} answer={jobs}>
      {(all) => (all.length === 0 ? <p className="quiet">{words.jobs.empty}</p> : <JobTable jobs={all} />)}
    </Panel>
  );
}

function JobTable({ jobs }: { readonly jobs: readonly Job[] }) {
  const { words } = useSpeech();
  return (
    <table>
      <caption className="hidden">{words.jobs.caption}</caption>
      <thead>
        <tr>
          <th scope="col">{words.jobs.task}</th>
          <th scope="col" className="roomy">
            {words.jobs.schedule}
          </th>
          <th scope="col">{words.jobs.lastRun}</th>
          <th scope="col">{words.jobs.nextDue}</th>
        </tr>
      </thead>
      <tbody>
        {jobs.map((job) => (
          <tr key={job.task}>
            <th scope="row">
              <span className="task">
                <TaskName task={job.task} />
              </span>
              <span className="quiet roomy">{words.jobs.tasks[job.task] ?? job.description}</span>
            </th>
            <td className="roomy">
              <Schedule cron={job.cron} />
            </td>
            <td>
              <LastRun job={job} />
            </td>
            <td>
              <NextDue job={job} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Schedule({ cron }: { readonly cron: string | null }) {
  const { language, words } = useSpeech();
  const inWords = scheduleInWords(cron, words, language);
  return (
    <>
      {inWords && <span className="line-of">{inWords}</span>}
      {cron && <code>{cron}</code>}
    </>
  );
}

function LastRun({ job: { lastRun, running } }: { readonly job: Job }) {
  const { language, words } = useSpeech();
  return (
    <>
      {running && (
        <span className="line-of">
          <RunBadge status="running" />
          <span className="line-of quiet">
            <Moment at={running.startedAt} />
          </span>
        </span>
      )}
      {lastRun ? (
        <span className="line-of">
          <RunBadge status={lastRun.status} />
          <span className="line-of quiet">
            <Moment at={lastRun.startedAt} />
            {lastRun.durationMs !== null && <> · {duration(lastRun.durationMs, language)}</>}
          </span>
        </span>
      ) : (
        !running && <span className="quiet">{words.never}</span>
      )}
    </>
  );
}

function NextDue({ job: { cron, nextDue, paused } }: { readonly job: Job }) {
  const { words } = useSpeech();
  const now = useNow();
  if (paused) return <Badge tone="attention">{words.jobs.paused}</Badge>;
  if (cron === null) return <span className="quiet">{words.jobs.notScheduled}</span>;
  if (nextDue === null) return <span className="quiet">{words.jobs.unscheduled}</span>;
  return new Date(nextDue) <= now ? words.jobs.dueNow : <Moment at={nextDue} />;
}
