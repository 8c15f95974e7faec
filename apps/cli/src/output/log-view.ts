import type { LogLine } from "../questions/log-lines.ts";
import type { Paint, Style } from "../terminal.ts";
import { inWords } from "./job-view.ts";
import { localTime } from "./time.ts";

const STYLE_OF: Readonly<Record<string, Style>> = {
  warn: "yellow",
  error: "red",
  fatal: "red",
  debug: "dim",
  trace: "dim",
};

/** One line: when, how bad, who, what, and the facts beside it; an error's stack below. */
export function logLine(
  paint: Paint,
  { time, level, name, msg, err, pid: _, hostname: __, ...facts }: LogLine,
): string {
  const said = paint(STYLE_OF[level] ?? "cyan", level.padEnd(5));
  const beside = Object.keys(facts).length ? paint("dim", `  ${inWords(facts)}`) : "";
  const line = `${localTime(new Date(time))}  ${said}  ${name}  ${msg}${beside}`;
  const trace = stackOf(err);
  return trace ? `${line}\n${trace.replace(/^/gm, "    ")}` : line;
}

function stackOf(error: unknown): string | undefined {
  if (typeof error !== "object" || error === null) return undefined;
  const { stack, message } = error as { readonly stack?: unknown; readonly message?: unknown };
  return typeof stack === "string" ? stack : typeof message === "string" ? message : undefined;
}
