import { type Paint, painterFor, type Terminal } from "./terminal.ts";

/** The options that every command takes. */
export interface GlobalOptions {
  readonly json?: true;
  readonly verbose?: true;
  readonly natsUrl?: string;
  readonly databaseUrl?: string;
  readonly redisUrl?: string;
}

/** What a command works with. */
export interface Session {
  readonly terminal: Terminal;
  readonly options: GlobalOptions;
  readonly paint: Paint;
  /** A line of the answer. */
  say(line: string): void;
  /** A line about how it goes, beside the answer: on standard error, and not with `--json`. */
  note(line: string): void;
  /** The answer as JSON: a document on several lines, or one line of many. */
  json(value: unknown, form?: "document" | "line"): void;
}

export function createSession(terminal: Terminal, options: GlobalOptions): Session {
  return {
    terminal,
    options,
    paint: painterFor(terminal),
    say: (line) => void terminal.stdout.write(`${line}\n`),
    note: (line) => {
      if (!options.json) terminal.stderr.write(`${line}\n`);
    },
    json: (value, form = "document") =>
      void terminal.stdout.write(`${JSON.stringify(value, undefined, form === "document" ? 2 : undefined)}\n`),
  };
}
