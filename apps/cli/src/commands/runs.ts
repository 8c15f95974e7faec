import type { Queryable } from "@vigia/database";
import { TASK_NAMES, type TaskName } from "@vigia/messages";
import { type Command, Option } from "commander";
import { checkCommand } from "../command/send.ts";
import { CliError, EXIT } from "../exit.ts";
import { renderRunDetails } from "../output/run-details-view.ts";
import { renderRuns } from "../output/run-view.ts";
import { findRunDetails, findRunIds } from "../questions/run-details.ts";
import { findRuns } from "../questions/runs.ts";
import { withDatabase } from "../servers.ts";
import { carryOut, type WaitOptions } from "./carry-out.ts";
import { examples, type Serve } from "./command.ts";
import { instant, positiveNumber } from "./values.ts";

const DEFAULT_LIMIT = 20;
const STATUSES = ["running", "completed", "failed", "recovered", "skipped", "cancelled"] as const;

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
        ["vigia runs cancel 3f1e9a0c", "end it, if it is under way"],
      ]),
    );
  addList(runs, serve);
  addShow(runs, serve);
  addCancel(runs, serve);
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
            const details = await findRunDetails(view, await findRunId(view, beginning));
            if (session.options.json) session.json(details);
            else session.say(renderRunDetails(session.paint, details, session.terminal.now()));
            return EXIT.ok;
          }),
        ),
      ),
    );
}

interface CancelOptions extends WaitOptions {
  readonly reason?: string;
}

function addCancel(runs: Command, serve: Serve): void {
  runs
    .command("cancel")
    .description("have a run that is under way ended; what it did stays, the rest is not taken up again")
    .argument("<id>", "its id, or how that begins, as in the column RUN")
    .option("--reason <text>", "why, for the record")
    .option("--wait", "stay until its process is told; exit 1 where that is rejected or fails")
    .option("--timeout <seconds>", "with --wait: stop waiting after this", positiveNumber)
    .addHelpText(
      "after",
      examples([['vigia runs cancel 3f1e9a0c --reason "the wrong range"', "the one whose id begins so"]]),
    )
    .action(
      serve<CancelOptions>(async (session, { reason, ...waiting }, [beginning = ""]) => {
        const executionId = await withDatabase(session, (database) => findRunId(database, beginning));
        const data = { executionId, ...(reason === undefined ? {} : { reason }) };
        return carryOut(session, checkCommand("runs", "cancel", data), waiting);
      }),
    );
}

/** The id of the one run that is meant. Throws `CliError` where there is none, or several. */
async function findRunId(sql: Queryable, beginning: string): Promise<string> {
  const ids = await findRunIds(sql, beginning);
  const [id] = ids;
  if (id === undefined) throw new CliError(EXIT.failed, `no run on record has an id that begins with ${beginning}`);
  if (ids.includes(beginning)) return beginning;
  if (ids.length > 1) throw new CliError(EXIT.usage, `several runs' ids begin so: ${ids.join(", ")}`);
  return id;
}
