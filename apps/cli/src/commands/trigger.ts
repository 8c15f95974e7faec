import { isServiceCommandName, isTaskName, jobOf, TASK_COMMANDS, TASK_NAMES, taskWithinJob } from "@vigia/messages";
import { Argument, type Command } from "commander";
import { checkCommand } from "../command/send.ts";
import { suggest } from "../completion/candidates.ts";
import { CliError, EXIT } from "../exit.ts";
import { carryOut, type WaitOptions } from "./carry-out.ts";
import { examples, type Serve } from "./command.ts";
import { positiveNumber } from "./values.ts";

/** Tasks that need data have a command of their own. */
const TRIGGERED = TASK_NAMES.filter((name) => !(name in TASK_COMMANDS));

interface TriggerOptions extends WaitOptions {
  readonly dryRun?: true;
}

export function addTrigger(program: Command, serve: Serve): void {
  program
    .command("trigger")
    .description("run a task now")
    .addArgument(suggest(new Argument("<task>", `one of ${TRIGGERED.join(", ")}`), TRIGGERED))
    .option("--dry-run", "count what it would do, and change nothing; for the tasks of cleanup")
    .option("--wait", "stay until it has ended; exit 1 where it is rejected or fails")
    .option("--timeout <seconds>", "with --wait: stop waiting after this", positiveNumber)
    .addHelpText(
      "after",
      examples([
        ["vigia trigger consistency.check --wait", "look for inconsistencies now"],
        ["vigia trigger cleanup.expire-orders", "cancel what has expired; returns at once"],
        ["vigia trigger cleanup.purge-history --dry-run", "how much it would delete"],
      ]),
    )
    .action(
      serve<TriggerOptions>((session, { dryRun, ...waiting }, [name = ""]) => {
        if (!isTaskName(name)) {
          throw new CliError(EXIT.usage, `there is no task "${name}"; the tasks are ${TRIGGERED.join(", ")}`);
        }
        const job = jobOf(name);
        if (dryRun && !isServiceCommandName(`${job}.preview`)) {
          throw new CliError(EXIT.usage, `${name} has no dry run; the tasks of cleanup have one`);
        }
        const command = checkCommand(job, dryRun ? "preview" : "run", { task: taskWithinJob(name) });
        // A count is asked for to be seen.
        return carryOut(session, command, dryRun ? { ...waiting, wait: true } : waiting);
      }),
    );
}
