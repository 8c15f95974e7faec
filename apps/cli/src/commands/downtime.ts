import type { Command } from "commander";
import { checkCommand } from "../command/send.ts";
import { carryOut, type WaitOptions } from "./carry-out.ts";
import { examples, type Serve } from "./command.ts";
import { instant, positiveNumber } from "./values.ts";

interface DowntimeOptions extends WaitOptions {
  readonly from: string;
  readonly to?: string;
  readonly reason: string;
}

export function addDowntime(program: Command, serve: Serve): void {
  program
    .command("downtime")
    .description("say that users could not act for a time; what expires within it gets that much more, and 15 minutes")
    .requiredOption("--from <time>", "when it began: 2026-03-01T12:00Z, or a span ago such as 90min or 2h")
    .option("--to <time>", "when it ended, or will end, as a time; now if left out")
    .requiredOption("--reason <text>", "why, for the record")
    .option("--wait", "stay until it is done; exit 1 where it is rejected or fails")
    .option("--timeout <seconds>", "with --wait: stop waiting after this", positiveNumber)
    .addHelpText(
      "after",
      examples([
        ['vigia downtime --from 2h --reason "the site was down" --wait', "the last two hours"],
        ['vigia downtime --from 2026-03-01T02:00Z --to 2026-03-01T04:00Z --reason "maintenance"', "also ahead of it"],
      ]),
    )
    .action(
      serve<DowntimeOptions>((session, { from, to, reason, ...waiting }) => {
        const now = session.terminal.now();
        const data = {
          from: instant("--from", from, now, -1),
          ...(to === undefined ? {} : { to: instant("--to", to, now, -1) }),
          reason,
        };
        return carryOut(session, checkCommand("cleanup", "record-downtime", data), waiting);
      }),
    );
}
