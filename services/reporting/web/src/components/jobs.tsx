import { useQuery } from "@tanstack/react-query";
import type { Job } from "../data/answers.ts";
import { backfillTask, pauseTask, resumeTask, runTask } from "../data/commands.ts";
import { useNow } from "../data/now.ts";
import { jobsQuestion } from "../data/questions.ts";
import { useSpeech } from "../language/language.tsx";
import { scheduleInWords } from "../phrases/schedule.ts";
import { duration, instant } from "../phrases/time.ts";
import { Act } from "./act.tsx";
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
              <Schedule job={job} />
            </td>
            <td>
              <LastRun job={job} />
            </td>
            <td>
              <NextDue job={job} />
              <JobActs job={job} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Schedule({ job: { cron, timeZone } }: { readonly job: Job }) {
  const { language, words } = useSpeech();
  const inWords = scheduleInWords(cron, words, language);
  return (
    <>
      {inWords && <span className="line-of">{inWords}</span>}
      {cron && <code>{cron}</code>}
      {cron && timeZone && timeZone !== "UTC" && <span className="quiet"> {timeZone}</span>}
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

function NextDue({ job: { cron, nextDue, paused, pausedUntil, pauseReason } }: { readonly job: Job }) {
  const { language, words } = useSpeech();
  const now = useNow();
  if (paused) {
    const until = pausedUntil ? instant(new Date(pausedUntil), now, language) : "";
    return (
      <>
        <Badge tone="attention">{words.jobs.paused}</Badge>
        <span className="line-of quiet">{words.acting.pause.since(until, pauseReason ?? "")}</span>
      </>
    );
  }
  if (cron === null) return <span className="quiet">{words.jobs.notScheduled}</span>;
  if (nextDue === null) return <span className="quiet">{words.jobs.unscheduled}</span>;
  return new Date(nextDue) <= now ? words.jobs.dueNow : <Moment at={nextDue} />;
}

/** What has data of its own runs by its own command, and what has no schedule is not paused. */
function JobActs({ job: { task, cron, paused } }: { readonly job: Job }) {
  const { words } = useSpeech();
  const { run, pause, resume, backfill, until, reason } = words.acting;
  if (cron === null) return null;
  const why = { name: "reason", label: reason, type: "text" } as const;
  return (
    <span className="acts">
      <Act label={run.label} title={run.title(task)} text={run.text} commands={() => [runTask(task)]} />
      {paused ? (
        <Act
          label={resume.label}
          title={resume.title(task)}
          text={resume.text}
          fields={[why]}
          commands={(values) => [resumeTask(task, values)]}
        />
      ) : (
        <Act
          label={pause.label}
          title={pause.title(task)}
          text={pause.text}
          fields={[{ name: "until", label: until, type: "datetime-local" }, why]}
          commands={(values) => [pauseTask(task, values)]}
        />
      )}
      <Act
        label={backfill.label}
        title={backfill.title(task)}
        text={backfill.text}
        fields={[
          { name: "from", label: backfill.from, type: "datetime-local", isRequired: true },
          { name: "to", label: backfill.to, type: "datetime-local", isRequired: true },
          why,
        ]}
        commands={(values) => [backfillTask(task, values)]}
      />
    </span>
  );
}
