import type { Command } from "commander";
import { checkCommand } from "../command/send.ts";
import { carryOut, type WaitOptions } from "./carry-out.ts";
import type { Serve } from "./command.ts";
import { checkCode, instant, positiveNumber } from "./values.ts";

interface MarkOptions extends WaitOptions {
  readonly check?: string;
  readonly reason?: string;
  readonly until?: string;
}

/** What an operator can say of issues. */
export function addMarks(issues: Command, serve: Serve): void {
  addMark(issues, serve, "acknowledge", "say that somebody works on it");
  addMark(issues, serve, "snooze", "put it off; it is open again then, if it is still there").requiredOption(
    "--until <time>",
    "until then: 2026-03-01T12:00Z, or after a span such as 90min or 2d",
  );
  addMark(issues, serve, "reopen", "take back that it was acknowledged or snoozed");
}

function addMark(issues: Command, serve: Serve, name: string, description: string): Command {
  return issues
    .command(name)
    .description(description)
    .argument("[fingerprint]", "that of one issue, as `vigia issues --json` says it")
    .option("--check <code>", "all issues of a check, instead of one", checkCode)
    .option("--reason <text>", "why, for the record")
    .option("--wait", "stay until it is done; exit 1 where it is rejected or fails")
    .option("--timeout <seconds>", "with --wait: stop waiting after this", positiveNumber)
    .action(
      serve<MarkOptions>((session, { check, reason, until, ...waiting }, [fingerprint]) => {
        const data = {
          ...(fingerprint === undefined ? {} : { fingerprint }),
          ...(check === undefined ? {} : { check }),
          ...(reason === undefined ? {} : { reason }),
          ...(until === undefined ? {} : { until: instant("--until", until, session.terminal.now(), 1) }),
        };
        return carryOut(session, checkCommand("consistency", name, data), waiting);
      }),
    );
}
