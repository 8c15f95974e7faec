import type { Command } from "commander";
import { EXIT } from "../exit.ts";
import { renderLocks } from "../output/lock-view.ts";
import { findLocks } from "../questions/locks.ts";
import { withDatabase } from "../servers.ts";
import { examples, type Serve } from "./command.ts";

export function addLocks(program: Command, serve: Serve): void {
  program
    .command("locks")
    .description("who may run what: each lock, its holder, whether that lives, and when its lease ends")
    .addHelpText(
      "after",
      examples([
        ["vigia locks", "and what to do about those that are held"],
        ["vigia locks --json | jq '.locks[] | select(.state != \"free\")'", "for a program"],
      ]),
    )
    .action(
      serve((session) =>
        withDatabase(session, async (database) => {
          const seen = await findLocks(database);
          if (session.options.json) session.json(seen);
          else session.say(renderLocks(session.paint, seen));
          return EXIT.ok;
        }),
      ),
    );
}
