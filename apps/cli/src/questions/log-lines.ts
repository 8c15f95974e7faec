import { createReadStream, existsSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { isTaskName } from "@vigia/messages";

/** Where a running `npm start` writes what its processes log: a file each. */
const LOGS_FOLDER = join(".vigia", "logs");

export const LOG_LEVELS = ["trace", "debug", "info", "warn", "error", "fatal"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** A line as a service writes it. What it is about stands beside the message. */
export interface LogLine {
  readonly time: string;
  readonly level: string;
  /** The service. */
  readonly name: string;
  readonly msg: string;
  readonly [field: string]: unknown;
}

export interface LogQuestion {
  /** A task, a service, or a run by its id or how that begins; without it, everything. */
  readonly about: string | undefined;
  readonly least: LogLevel;
  readonly since: Date | undefined;
  /** The last so many. */
  readonly limit: number;
}

/** The nearest folder of logs, in this directory or one above it. */
export function findLogsFolder(directory: string): string | undefined {
  const folder = join(directory, LOGS_FOLDER);
  if (existsSync(folder)) return folder;
  const parent = dirname(directory);
  return parent === directory ? undefined : findLogsFolder(parent);
}

/** The lines that are meant, the oldest first. What is no line of a service's, such as a server's own, is passed over. */
export async function readLogLines(folder: string, question: LogQuestion): Promise<LogLine[]> {
  const isMeant = meant(question);
  const files = readdirSync(folder).filter((name) => name.endsWith(".log"));
  const lasts = await Promise.all(files.map((name) => lastLines(join(folder, name), isMeant, question.limit)));
  // Instants of ISO 8601 in UTC are in order as texts are.
  const lines = lasts.flat().sort((one, other) => (one.time < other.time ? -1 : Number(one.time > other.time)));
  return lines.slice(-question.limit);
}

async function lastLines(path: string, isMeant: (line: LogLine) => boolean, limit: number): Promise<LogLine[]> {
  let lines: LogLine[] = [];
  for await (const text of createInterface({ input: createReadStream(path) })) {
    const line = parse(text);
    if (line && isMeant(line)) lines.push(line);
    if (lines.length > 2 * limit) lines = lines.slice(-limit);
  }
  return lines.slice(-limit);
}

function meant({ about, least, since }: LogQuestion): (line: LogLine) => boolean {
  const from = since?.toISOString() ?? "";
  const levels: readonly string[] = LOG_LEVELS.slice(LOG_LEVELS.indexOf(least));
  const isAbout = (line: LogLine) => {
    if (about === undefined) return true;
    if (isTaskName(about)) return line.task === about;
    return line.name === about || String(line.executionId ?? "").startsWith(about);
  };
  return (line) => levels.includes(line.level) && line.time >= from && isAbout(line);
}

function parse(text: string): LogLine | undefined {
  if (!text.startsWith("{")) return undefined;
  try {
    const line = JSON.parse(text) as LogLine;
    return typeof line.time === "string" && typeof line.msg === "string" ? line : undefined;
  } catch {
    return undefined;
  }
}
