import { isTaskName, jobOf, TASK_COMMANDS, TASK_NAMES, taskWithinJob } from "@vigia/messages";
import type { Command } from "commander";
import { checkCommand } from "../command/send.ts";
import { CliError, EXIT } from "../exit.ts";
import { carryOut, type WaitOptions } from "./carry-out.ts";
import { examples, type Serve } from "./command.ts";
import { positiveNumber } from "./values.ts";

/** Tasks that need data have a command of their own. */
const TRIGGERED = TASK_NAMES.filter((name) => !(name in TASK_COMMANDS));

export function addTrigger(program: Command, serve: Serve): void {
  program
    .command("trigger")
    .description("run a task now")
    .argument("<task>", `one of ${TRIGGERED.join(", ")}`)
    .option("--wait", "stay until it has ended; exit 1 where it is rejected or fails")
    .option("--timeout <seconds>", "with --wait: stop waiting after this", positiveNumber)
    .addHelpText(
      "after",
      examples([
        ["vigia trigger consistency.check --wait", "look for inconsistencies now"],
        ["vigia trigger cleanup.expire-orders", "cancel what has expired; returns at once"],
      ]),
    )
    .action(
      serve<WaitOptions>((session, options, [name = ""]) => {
        if (!isTaskName(name)) {
          throw new CliError(EXIT.usage, `there is no task "${name}"; the tasks are ${TRIGGERED.join(", ")}`);
        }
        const command = checkCommand(jobOf(name), "run", { task: taskWithinJob(name) });
        return carryOut(session, command, options);
      }),
    );
}
