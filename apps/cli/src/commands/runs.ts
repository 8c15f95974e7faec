import { TASK_NAMES, type TaskName } from "@vigia/messages";
import { type Command, Option } from "commander";
import { EXIT } from "../exit.ts";
import { renderRuns } from "../output/run-view.ts";
import { findRuns } from "../questions/runs.ts";
import { withDatabase } from "../servers.ts";
import { examples, type Serve } from "./command.ts";
import { positiveNumber } from "./values.ts";

const DEFAULT_LIMIT = 20;

interface RunsOptions {
  readonly task?: TaskName;
  readonly limit: number;
}

export function addRuns(program: Command, serve: Serve): void {
  program
    .command("runs")
    .description("what ran, the newest first")
    .addOption(new Option("--task <task>", "the runs of one task").choices(TASK_NAMES))
    .option("--limit <number>", "no more than this", positiveNumber, DEFAULT_LIMIT)
    .addHelpText("after", examples([["vigia runs --task chain-sync.sync --limit 5", "the last five syncs"]]))
    .action(
      serve<RunsOptions>((session, { task, limit }) =>
        withDatabase(session, async (database) => {
          const runs = await findRuns(database, task ? [task] : TASK_NAMES, limit);
          if (session.options.json) session.json(runs);
          else session.say(runs.length ? renderRuns(session.paint, runs) : "Nothing has run yet.");
          return EXIT.ok;
        }),
      ),
    );
}
