import { JOB_NAMES, TASK_NAMES, taskDefinition } from "@vigia/messages";
import { Argument, type Command } from "commander";
import { checkCommand } from "../command/send.ts";
import { suggest } from "../completion/candidates.ts";
import { carryOut, type WaitOptions } from "./carry-out.ts";
import { examples, type Serve } from "./command.ts";
import { instant, positiveNumber } from "./values.ts";

interface PauseOptions extends WaitOptions {
  readonly until?: string;
  readonly reason?: string;
}

const NAMES = [...JOB_NAMES, ...TASK_NAMES.filter((task) => taskDefinition(task).schedule !== null)];
const NAME_HELP = "a job, as in chain-sync, or one task of it, as in chain-sync.sync";

export function addPause(program: Command, serve: Serve): void {
  scheduleCommand(program, "pause", "stop a schedule; what is due meanwhile is skipped, not caught up")
    .option("--until <time>", "it goes on by itself then: 2026-03-01T12:00Z, or after a span such as 90min or 2h")
    .addHelpText(
      "after",
      examples([
        ['vigia pause chain-sync --until 2h --reason "new provider"', "all its tasks, for two hours"],
        ["vigia pause cleanup.expire-orders", "one task, until it is resumed"],
      ]),
    )
    .action(
      serve<PauseOptions>((session, { until, reason, ...waiting }, [name = ""]) => {
        const data = {
          ...meant(name),
          ...(until === undefined ? {} : { until: instant("--until", until, session.terminal.now(), 1) }),
          ...(reason === undefined ? {} : { reason }),
        };
        return carryOut(session, checkCommand("scheduler", "pause", data), waiting);
      }),
    );
}

export function addResume(program: Command, serve: Serve): void {
  scheduleCommand(program, "resume", "start a schedule again")
    .addHelpText("after", examples([["vigia resume chain-sync --wait", "all its tasks"]]))
    .action(
      serve<PauseOptions>((session, { reason, ...waiting }, [name = ""]) => {
        const data = { ...meant(name), ...(reason === undefined ? {} : { reason }) };
        return carryOut(session, checkCommand("scheduler", "resume", data), waiting);
      }),
    );
}

function scheduleCommand(program: Command, name: string, description: string): Command {
  return program
    .command(name)
    .description(description)
    .addArgument(suggest(new Argument("<name>", NAME_HELP), NAMES))
    .option("--reason <text>", "why, for the record")
    .option("--wait", "stay until it is done; exit 1 where it is rejected or fails")
    .option("--timeout <seconds>", "with --wait: stop waiting after this", positiveNumber);
}

function meant(name: string): { readonly job: string; readonly task?: string } {
  const [job = "", task] = name.split(".", 2);
  return task === undefined ? { job } : { job, task };
}
