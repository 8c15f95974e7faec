import type { Command } from "commander";
import { checkCommand } from "../command/send.ts";
import { EXIT } from "../exit.ts";
import { renderDeadLetters } from "../output/dead-letter-view.ts";
import { findDeadLetters } from "../questions/dead-letters.ts";
import { withDatabase } from "../servers.ts";
import { carryOut, type WaitOptions } from "./carry-out.ts";
import { examples, type Serve } from "./command.ts";
import { positiveNumber } from "./values.ts";

const DEFAULT_LIMIT = 50;

interface ListOptions {
  readonly consumer?: string;
  readonly all?: true;
  readonly limit: number;
}

interface ReplayOptions extends WaitOptions {
  readonly consumer?: string;
}

export function addDeadLetters(program: Command, serve: Serve): void {
  const deadLetters = program
    .command("deadletters")
    .description("the messages that nobody could handle")
    .addHelpText(
      "after",
      examples([
        ["vigia deadletters list", "what has failed for good, and why"],
        ["vigia deadletters replay 12 --wait", "give one another chance"],
      ]),
    );
  addList(deadLetters, serve);
  addReplay(deadLetters, serve);
}

function addList(deadLetters: Command, serve: Serve): void {
  deadLetters
    .command("list", { isDefault: true })
    .description("those that were not replayed, the newest first")
    .option("--consumer <name>", "those of one consumer")
    .option("--all", "those that were replayed, too")
    .option("--limit <number>", "no more than this", positiveNumber, DEFAULT_LIMIT)
    .action(
      serve<ListOptions>((session, { consumer, all, limit }) =>
        withDatabase(session, async (database) => {
          const letters = await findDeadLetters(database, { consumer, all: all === true, limit });
          if (session.options.json) session.json(letters);
          else if (letters.length) session.say(renderDeadLetters(session.paint, letters, session.terminal.now()));
          else session.say("No dead letters.");
          if (letters.length === limit) session.note(`These are the first ${limit}; see more with --limit.`);
          return EXIT.ok;
        }),
      ),
    );
}

function addReplay(deadLetters: Command, serve: Serve): void {
  deadLetters
    .command("replay")
    .description("put dead letters back where they came from, once the cause is gone")
    .argument("[number]", "that of one dead letter", positiveNumber)
    .option("--consumer <name>", "all of one consumer, instead of a number")
    .option("--wait", "stay until they are put back; exit 1 where that is rejected or fails")
    .option("--timeout <seconds>", "with --wait: stop waiting after this", positiveNumber)
    .addHelpText(
      "after",
      examples([
        ["vigia deadletters replay 12 --wait", "the one with this number"],
        ["vigia deadletters replay --consumer chain-sync-sync", "all of one consumer"],
      ]),
    )
    .action(
      serve<ReplayOptions>((session, { consumer, ...waiting }, [number]) => {
        const data = {
          ...(number === undefined ? {} : { sequence: Number(number) }),
          ...(consumer === undefined ? {} : { consumer }),
        };
        return carryOut(session, checkCommand("deadletters", "replay", data), waiting);
      }),
    );
}
