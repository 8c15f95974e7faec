import { JOB_NAMES } from "@vigia/messages";
import type { Command } from "commander";
import { CliError, EXIT } from "../exit.ts";
import { renderStatus } from "../output/status-view.ts";
import { type Answer, askBus, askDatabase, type Status } from "../questions/status.ts";
import { serverOf, withBus, withDatabase } from "../servers.ts";
import type { Session } from "../session.ts";
import { readDatabaseSetting, readNatsSetting } from "../settings.ts";
import { examples, type Serve } from "./command.ts";

/** Every service of a whole installation. */
const SERVICES: readonly string[] = ["scheduler", ...JOB_NAMES, "notifications", "reporting"];

export function addStatus(program: Command, serve: Serve): void {
  program
    .command("status")
    .description("what is there, what ran last and is due next, how far the chain is, and what is wrong")
    .addHelpText(
      "after",
      examples([
        ["vigia status", "exit 75 where a server or a service is away"],
        ["vigia status --json | jq .openIssues", "for a program"],
      ]),
    )
    .action(
      serve(async (session) => {
        const status = await askStatus(session);
        if (session.options.json) session.json(toJson(status));
        else session.say(renderStatus(status, session.paint, session.terminal.now()));
        return isComplete(status) ? EXIT.ok : EXIT.away;
      }),
    );
}

async function askStatus(session: Session): Promise<Status> {
  const [busSetting, databaseSetting] = [await readNatsSetting(session), await readDatabaseSetting(session)];
  const [bus, database] = await Promise.all([
    answer(serverOf(busSetting), withBus(session, askBus)),
    answer(serverOf(databaseSetting), withDatabase(session, askDatabase)),
  ]);
  const services = database.there
    ? SERVICES.map((name) => ({ name, there: database.value.connected.includes(name) }))
    : undefined;
  return { bus, database, services };
}

/** A server that is away is part of the status; a wrong setting ends the command. */
async function answer<T>(server: string, asked: Promise<T>): Promise<Answer<T>> {
  try {
    return { server, there: true, value: await asked };
  } catch (error) {
    if (error instanceof CliError && error.exitCode === EXIT.away) {
      return { server, there: false, problem: error.message };
    }
    throw error;
  }
}

function isComplete({ bus, database, services }: Status): boolean {
  const isWhole = services?.every(({ there }) => there) ?? false;
  return bus.there && bus.value.missingStreams.length === 0 && database.there && isWhole;
}

function toJson({ bus, database, services }: Status) {
  const state = ({ server, ...answered }: Answer<unknown>) =>
    answered.there ? { server, there: true } : { server, there: false, problem: answered.problem };
  const { connected: _, ...known } = database.there ? database.value : {};
  return { nats: state(bus), postgres: state(database), services, ...(bus.there ? bus.value : {}), ...known };
}
