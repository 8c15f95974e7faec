import { toString as cronInWords } from "cronstrue";
import type { Job } from "../questions/jobs.ts";
import type { Paint } from "../terminal.ts";
import { paintStatus } from "./colours.ts";
import { renderTable } from "./table.ts";
import { localTime, relative, span } from "./time.ts";

/** As much of what a run came to as a line holds. */
const LONGEST_RESULT = 60;

export function renderJobs(paint: Paint, jobs: readonly Job[], now: Date): string {
  const rows = jobs.map((job) => [
    job.task,
    scheduleInWords(job),
    job.cron ?? "",
    job.cron === null ? "" : (job.timeZone ?? "not known yet"),
    nextOf(paint, job, now),
    lastOf(paint, job, now),
    job.lastRun?.durationMs == null ? "" : span(job.lastRun.durationMs),
    resultOf(job),
  ]);
  const head = ["TASK", "SCHEDULE", "CRON", "ZONE", "NEXT", "LAST RUN", "TOOK", "RESULT"];
  return renderTable(paint, head, rows);
}

/** `Every 5 minutes`; what cronstrue has no words for stands as cron alone. */
export function scheduleInWords({ cron }: Pick<Job, "cron">): string {
  if (cron === null) return "On a command";
  const words = cronInWords(cron, { throwExceptionOnParseError: false, use24HourTimeFormat: true });
  return words.startsWith("An error occurred") ? "" : words;
}

function nextOf(paint: Paint, { cron, paused, pausedUntil, pauseReason, nextDue }: Job, now: Date): string {
  if (cron === null) return "";
  if (!paused) return nextDue ? relative(nextDue, now) : paint("yellow", "no scheduler has said");
  const until = pausedUntil ? `paused until ${localTime(pausedUntil)}` : "paused until it is resumed";
  return paint("yellow", pauseReason ? `${until}: ${pauseReason}` : until);
}

function lastOf(paint: Paint, { lastRun, running }: Job, now: Date): string {
  const last = lastRun ? `${paintStatus(paint, lastRun.status)} ${relative(lastRun.startedAt, now)}` : "";
  const current = running ? paint("cyan", `running since ${span(now.getTime() - running.startedAt.getTime())}`) : "";
  return [last, current].filter(Boolean).join(", ") || paint("dim", "never");
}

function resultOf({ lastRun }: Job): string {
  if (!lastRun) return "";
  const text = lastRun.error ?? (lastRun.result == null ? "" : inWords(lastRun.result));
  const line = text.replace(/\s+/g, " ");
  return line.length > LONGEST_RESULT ? `${line.slice(0, LONGEST_RESULT - 1)}…` : line;
}

/** `expired 3, batches 1` */
export function inWords(result: unknown): string {
  if (typeof result !== "object" || result === null) return JSON.stringify(result);
  return Object.entries(result)
    .map(([name, value]) => `${name} ${typeof value === "string" ? value : JSON.stringify(value)}`)
    .join(", ");
}
