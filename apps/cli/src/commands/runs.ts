import { TASK_NAMES, type TaskName } from "@vigia/messages";
import { type Command, Option } from "commander";
import { CliError, EXIT } from "../exit.ts";
import { renderRunDetails } from "../output/run-details-view.ts";
import { renderRuns } from "../output/run-view.ts";
import { findRunDetails, findRunIds } from "../questions/run-details.ts";
import { findRuns } from "../questions/runs.ts";
import { withDatabase } from "../servers.ts";
import { examples, type Serve } from "./command.ts";
import { instant, positiveNumber } from "./values.ts";

const DEFAULT_LIMIT = 20;
const STATUSES = ["running", "completed", "failed", "recovered", "skipped"] as const;

interface RunsOptions {
  readonly task?: TaskName;
  readonly status?: (typeof STATUSES)[number];
  readonly since?: string;
  readonly instance?: string;
  readonly before?: number;
  readonly limit: number;
}

export function addRuns(program: Command, serve: Serve): void {
  const runs = program
    .command("runs")
    .description("what ran, and how it went")
    .addHelpText(
      "after",
      examples([
        ["vigia runs --task chain-sync.sync --limit 5", "the last five syncs"],
        ["vigia runs --status failed --since 2h", "what failed lately"],
        ["vigia runs show 3f1e9a0c", "all that is on record of one: tries, error, events"],
      ]),
    );
  addList(runs, serve);
  addShow(runs, serve);
}

function addList(runs: Command, serve: Serve): void {
  runs
    .command("list", { isDefault: true })
    .description("the newest first")
    .addOption(new Option("--task <task>", "the runs of one task").choices(TASK_NAMES))
    .addOption(new Option("--status <status>", "those that are so").choices(STATUSES))
    .option("--since <time>", "those that began then or later: 2026-03-01T12:00Z, or a span ago such as 90min or 2h")
    .option("--instance <name>", "those of the processes whose names begin so: cleanup@host, or cleanup@host#pid")
    .option("--before <number>", "the page behind another, whose last run's `id` this is", positiveNumber)
    .option("--limit <number>", "no more than this", positiveNumber, DEFAULT_LIMIT)
    .action(
      serve<RunsOptions>((session, { task, status, since, instance, before, limit }) => {
        const from = since === undefined ? undefined : new Date(instant("--since", since, session.terminal.now(), -1));
        const filter = { task, status, since: from, instance, before, limit };
        return withDatabase(session, async (database) => {
          const { runs: found, next } = await findRuns(database, filter);
          const isFiltered = [task, status, since, instance, before].some((each) => each !== undefined);
          if (session.options.json) session.json(found);
          else if (found.length) session.say(renderRuns(session.paint, found));
          else session.say(isFiltered ? "No run is so." : "Nothing has run yet.");
          if (next !== null) session.note(`These are ${limit}; see those before them with --before ${next}.`);
          return EXIT.ok;
        });
      }),
    );
}

function addShow(runs: Command, serve: Serve): void {
  runs
    .command("show")
    .description("all that is on record of a run: its tries, how far it came, its errors, what was told of it")
    .argument("<id>", "its id, or how that begins, as in the column RUN")
    .addHelpText("after", examples([["vigia runs show 3f1e9a0c", "the one whose id begins so"]]))
    .action(
      serve((session, _, [beginning = ""]) =>
        withDatabase(session, (database) =>
          database.snapshot(async (view) => {
            const ids = await findRunIds(view, beginning);
            const [id] = ids;
            if (id === undefined)
              throw new CliError(EXIT.failed, `no run on record has an id that begins with ${beginning}`);
            if (ids.length > 1 && !ids.includes(beginning)) {
              throw new CliError(EXIT.usage, `several runs' ids begin so: ${ids.join(", ")}`);
            }
            const details = await findRunDetails(view, ids.includes(beginning) ? beginning : id);
            if (session.options.json) session.json(details);
            else session.say(renderRunDetails(session.paint, details, session.terminal.now()));
            return EXIT.ok;
          }),
        ),
      ),
    );
}
