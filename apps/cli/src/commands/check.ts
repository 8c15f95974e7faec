import type { Command } from "commander";
import { checkCommand } from "../command/send.ts";
import { CliError, EXIT, type ExitCode } from "../exit.ts";
import { renderDryRun } from "../output/check-view.ts";
import { withDatabase } from "../servers.ts";
import type { Session } from "../session.ts";
import { readChecksSetting } from "../settings.ts";
import { carryOut, type WaitOptions } from "./carry-out.ts";
import { examples, type Serve } from "./command.ts";
import { checkCode, positiveNumber } from "./values.ts";

interface CheckOptions extends WaitOptions {
  readonly dryRun?: true;
  readonly check?: readonly string[];
  readonly deep?: true;
}

export function addCheck(program: Command, serve: Serve): void {
  program
    .command("check")
    .description("the consistency checks")
    .command("run")
    .description(
      "look for inconsistencies now: as a run of the service, or with --dry-run from here, recording nothing",
    )
    .option("--dry-run", "look from here, in one read-only snapshot, and tell what a run would make of it")
    .option("--check <code...>", "with --dry-run: these checks alone, such as AMOUNT_MISMATCH", codes)
    .option("--deep", "every check over every row, ended trades included")
    .option("--wait", "without --dry-run: stay until it has ended; exit 1 where it is rejected or fails")
    .option("--timeout <seconds>", "with --wait: stop waiting after this", positiveNumber)
    .addHelpText(
      "after",
      `${examples([
        ["vigia check run --wait", "as vigia trigger consistency.check --wait"],
        ["vigia check run --dry-run", "what that would find"],
        ["vigia check run --dry-run --check AMOUNT_MISMATCH --json", "what one check finds"],
      ])}\n\nExit codes with --dry-run: 0 where all could look, whatever they found; 1 where a check could not, or found too much to tell.`,
    )
    .action(
      serve<CheckOptions>((session, { dryRun, check, deep, ...waiting }) => {
        if (dryRun) return lookFromHere(session, check, deep === true);
        if (check)
          throw new CliError(EXIT.usage, "--check goes with --dry-run: a run that records has all checks look");
        return carryOut(session, checkCommand("consistency", "run", { task: deep ? "deep-check" : "check" }), waiting);
      }),
    );
}

function codes(code: string, before: readonly string[] = []): string[] {
  return [...before, checkCode(code)];
}

async function lookFromHere(session: Session, wanted: readonly string[] | undefined, deep: boolean): Promise<ExitCode> {
  const { lookOnly, UnknownCheckError } = await import("@vigia/consistency/dry-run");
  const settings = await readChecksSetting(session);
  const { signal } = session.terminal;
  const log = {
    error: ({ err, check }: { err: Error; check: string }) =>
      session.terminal.stderr.write(`vigia: ${check}: ${err.message}\n`),
  };
  return withDatabase(session, async (database) => {
    const ran = await lookOnly(database, { codes: wanted, deep, ...settings, signal, log: log as never }).catch(
      (error: unknown) => {
        if (error instanceof UnknownCheckError) throw new CliError(EXIT.usage, error.message);
        throw error;
      },
    );
    if (session.options.json) session.json(ran);
    else session.say(renderDryRun(session.paint, ran));
    return ran.incomplete.length > 0 ? EXIT.failed : EXIT.ok;
  });
}
