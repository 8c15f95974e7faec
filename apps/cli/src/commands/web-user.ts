import { hashPassword, makePassword } from "@vigia/access";
import type { Command } from "commander";
import { Option } from "commander";
import { CliError, EXIT } from "../exit.ts";
import { examples, type Serve } from "./command.ts";

interface WebUserOptions {
  readonly role: "viewer" | "operator";
}

/** What `WEB_USERS` takes for a name; a colon would end it. */
const NAME = /^[\p{L}\p{N}_@.-]{1,64}$/u;

export function addWebUser(program: Command, serve: Serve): void {
  program
    .command("web-user")
    .description("make an entry of WEB_USERS: a user of the web page, with a new password")
    .argument("<name>", "letters, digits and _ @ . -")
    .addOption(new Option("--role <role>", "what they may").choices(["viewer", "operator"]).makeOptionMandatory())
    .addHelpText(
      "after",
      `${examples([["vigia web-user ana --role operator >> web-users", "and WEB_USERS_FILE names that file"]])}

The entry holds a hash. The password is shown once, on standard error, and kept nowhere.`,
    )
    .action(
      serve<WebUserOptions>(async (session, { role }, [name = ""]) => {
        if (!NAME.test(name)) {
          throw new CliError(EXIT.usage, `"${name}" is no name for a user: letters, digits and _ @ . - alone`);
        }
        const password = makePassword();
        const entry = `${name}:${role}:${await hashPassword(password)}`;
        if (session.options.json) session.json({ entry, password });
        else {
          session.say(entry);
          session.terminal.stderr.write(`The password of ${name}: ${password}\n`);
        }
        return EXIT.ok;
      }),
    );
}
