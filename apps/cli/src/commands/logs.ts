import { SERVICES } from "@vigia/access";
import { TASK_NAMES } from "@vigia/messages";
import { Argument, type Command, Option } from "commander";
import { suggest } from "../completion/candidates.ts";
import { EXIT } from "../exit.ts";
import { logLine } from "../output/log-view.ts";
import { findLogsFolder, LOG_LEVELS, type LogLevel, readLogLines } from "../questions/log-lines.ts";
import type { Session } from "../session.ts";
import { examples, type Serve } from "./command.ts";
import { instant, positiveNumber } from "./values.ts";

const DEFAULT_LIMIT = 100;
const SERVICE_NAMES: readonly string[] = SERVICES.map(({ name }) => name);

const ABOUT_HELP = "a task, a service, or a run by its id or how that begins; everything if left out";

interface LogsOptions {
  readonly level: LogLevel;
  readonly since?: string;
  readonly limit: number;
}

export function addLogs(program: Command, serve: Serve): void {
  program
    .command("logs")
    .description("what the services logged, where `npm start` runs; elsewhere, the command that shows it")
    .addArgument(suggest(new Argument("[about]", ABOUT_HELP), [...SERVICE_NAMES, ...TASK_NAMES]))
    .addOption(new Option("--level <level>", "lines of this level or a worse one").choices(LOG_LEVELS).default("info"))
    .option("--since <time>", "lines from then on: 2026-03-01T12:00Z, or a span ago such as 90min or 2h")
    .option("--limit <number>", "the last so many", positiveNumber, DEFAULT_LIMIT)
    .addHelpText(
      "after",
      `${examples([
        ["vigia logs 3f1e9a0c", "of one run, as in the column RUN of vigia runs"],
        ["vigia logs cleanup.expire-orders --since 1h", "of a task's runs"],
        ["vigia logs scheduler --level warn", "what a service warned of"],
      ])}\n\nLines are kept by whatever runs the services, not by Vigia: this reads those of the nearest .vigia/logs. What is\non record of a run, its error and its events included, is in Postgres: vigia runs show. Exit codes: 1 where no logs are here.`,
    )
    .action(
      serve<LogsOptions>(async (session, { level, since, limit }, [about]) => {
        const from = since === undefined ? undefined : new Date(instant("--since", since, session.terminal.now(), -1));
        const folder = findLogsFolder(session.terminal.directory);
        if (folder === undefined) {
          tellElsewhere(session, about);
          return EXIT.failed;
        }
        const lines = await readLogLines(folder, { about, least: level, since: from, limit });
        for (const line of lines) {
          if (session.options.json) session.json(line, "line");
          else session.say(logLine(session.paint, line));
        }
        if (lines.length === 0) session.note(`No line in ${folder} is so.`);
        if (lines.length === limit) session.note(`These are the last ${limit}; see more with --limit.`);
        return EXIT.ok;
      }),
    );
}

/** A run and a task are fields of the lines, a service is whose they are. */
function tellElsewhere({ terminal }: Session, about: string | undefined): void {
  const isService = about !== undefined && SERVICE_NAMES.includes(about);
  const filter = about === undefined || isService ? "" : ` | grep '${about.replaceAll("'", "")}'`;
  terminal.stderr.write(
    `vigia: no logs are here: there is no .vigia/logs in this directory or above it. Whatever runs the services has them:
  docker compose logs --no-log-prefix${isService ? ` ${about}` : ""}${filter}
`,
  );
}
