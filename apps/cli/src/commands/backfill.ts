import { TASK_NAMES, taskDefinition } from "@vigia/messages";
import { Argument, type Command } from "commander";
import { checkCommand } from "../command/send.ts";
import { suggest } from "../completion/candidates.ts";
import { carryOut, type WaitOptions } from "./carry-out.ts";
import { examples, type Serve } from "./command.ts";
import { instant, positiveNumber } from "./values.ts";

const SCHEDULED = TASK_NAMES.filter((task) => taskDefinition(task).schedule !== null);

interface BackfillOptions extends WaitOptions {
  readonly from: string;
  readonly to?: string;
  readonly reason?: string;
}

export function addBackfill(program: Command, serve: Serve): void {
  program
    .command("backfill")
    .description("run a task for past instants of its schedule whose runs did not complete, each with its own time")
    .addArgument(suggest(new Argument("<task>", "as in cleanup.expire-orders"), SCHEDULED))
    .requiredOption("--from <time>", "from then on: 2026-03-01T12:00Z, or a span ago such as 90min or 2h")
    .option("--to <time>", "until then, inclusive; now if left out")
    .option("--reason <text>", "why, for the record")
    .option("--wait", "stay until the runs are asked for; exit 1 where that is rejected or fails")
    .option("--timeout <seconds>", "with --wait: stop waiting after this", positiveNumber)
    .addHelpText(
      "after",
      examples([
        ["vigia backfill cleanup.expire-orders --from 6h --wait", "what was missed in the last six hours"],
        ["vigia backfill consistency.check --from 2026-03-01T00:00Z --to 2026-03-01T12:00Z", "half a day"],
      ]),
    )
    .action(
      serve<BackfillOptions>((session, { from, to = "0s", reason, ...waiting }, [name = ""]) => {
        const now = session.terminal.now();
        const [job = "", task] = name.split(".", 2);
        const range = { from: instant("--from", from, now, -1), to: instant("--to", to, now, -1) };
        const data = { job, task, ...range, ...(reason === undefined ? {} : { reason }) };
        return carryOut(session, checkCommand("scheduler", "backfill", data), waiting);
      }),
    );
}
