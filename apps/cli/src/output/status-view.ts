import { SEVERITIES } from "@vigia/messages";
import type { Answer, BusStatus, ChainStatus, DatabaseStatus, Status, TaskStatus } from "../questions/status.ts";
import type { Paint } from "../terminal.ts";
import { paintSeverity, paintStatus } from "./colours.ts";
import { renderTable } from "./table.ts";
import { localTime, relative, span } from "./time.ts";

export function renderStatus({ bus, database, services }: Status, paint: Paint, now: Date): string {
  const rows = [
    serverRow(paint, "NATS", bus, noteOfBus),
    serverRow(paint, "Postgres", database, () => ""),
    ...(services ?? []).map(({ name, there }) => [name, there ? paint("green", "there") : paint("red", "away"), ""]),
  ];
  const parts = [renderTable(paint, ["PART", "STATE", ""], rows)];
  if (database.there) {
    const { tasks, chains, deadLetters } = database.value;
    parts.push(renderTasks(paint, tasks, now));
    parts.push(chains.length ? chains.map((chain) => chainLine(chain, now)).join("\n") : "No chain is followed yet.");
    parts.push(issuesLine(paint, database.value));
    if (deadLetters) parts.push(`${paint("yellow", count(deadLetters, "dead letter"))}. See: vigia deadletters`);
  }
  return parts.join("\n\n");
}

function serverRow<T>(paint: Paint, name: string, answer: Answer<T>, noteOf: (value: T) => string): string[] {
  if (!answer.there) return [name, paint("red", "away"), answer.problem];
  return [name, paint("green", "there"), [answer.server, noteOf(answer.value)].filter(Boolean).join(", ")];
}

function noteOfBus({ missingStreams, waitingCommands }: BusStatus): string {
  if (missingStreams.length) return `without ${missingStreams.join(", ")}: no service has made them yet`;
  return `${count(waitingCommands, "command")} waiting`;
}

function renderTasks(paint: Paint, tasks: readonly TaskStatus[], now: Date): string {
  const rows = tasks.map(({ task, lastRun, running, schedule }) => [
    task,
    lastRun ? `${paintStatus(paint, lastRun.status)} ${relative(lastRun.startedAt, now)}` : paint("dim", "never"),
    lastRun?.durationMs == null ? "" : span(lastRun.durationMs),
    nextDue(schedule, now),
    [
      ...(running ? [paint("cyan", `running since ${span(now.getTime() - running.startedAt.getTime())}`)] : []),
      ...(schedule?.paused ? [paint("yellow", pauseInWords(schedule))] : []),
    ].join(", "),
  ]);
  return renderTable(paint, ["TASK", "LAST RUN", "TOOK", "NEXT DUE", "NOW"], rows);
}

function nextDue(schedule: TaskStatus["schedule"], now: Date): string {
  if (!schedule || schedule.paused) return "";
  return schedule.nextDue ? relative(schedule.nextDue, now) : "";
}

function pauseInWords({ pausedUntil, pauseReason }: NonNullable<TaskStatus["schedule"]>): string {
  const until = pausedUntil ? `paused until ${localTime(pausedUntil)}` : "paused until it is resumed";
  return pauseReason ? `${until}: ${pauseReason}` : until;
}

function chainLine({ chainId, contract, block, headBlock, lagBlocks, updatedAt }: ChainStatus, now: Date): string {
  const place = `Chain ${chainId}, contract ${contract}: block ${block} of ${headBlock}`;
  return `${place}, ${count(lagBlocks, "block")} behind, read ${relative(updatedAt, now)}`;
}

function issuesLine(paint: Paint, { openIssues, quietIssues }: DatabaseStatus): string {
  const open = SEVERITIES.flatMap((severity) => {
    const number = openIssues[severity];
    return number ? [`${number} ${paintSeverity(paint, severity)}`] : [];
  });
  const quiet = quietIssues ? `; ${quietIssues} acknowledged or snoozed` : "";
  return open.length ? `Open issues: ${open.join(", ")}${quiet}. See: vigia issues` : `No open issues${quiet}.`;
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}
