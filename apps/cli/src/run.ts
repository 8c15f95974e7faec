import { Command, CommanderError } from "commander";
import { addBackfill } from "./commands/backfill.ts";
import { addCheck } from "./commands/check.ts";
import { examples, type Serve } from "./commands/command.ts";
import { addCompletion } from "./commands/completion.ts";
import { addDeadLetters } from "./commands/dead-letters.ts";
import { addDoctor } from "./commands/doctor.ts";
import { addDowntime } from "./commands/downtime.ts";
import { addIssues } from "./commands/issues.ts";
import { addJobs } from "./commands/jobs.ts";
import { addLocks } from "./commands/locks.ts";
import { addLogs } from "./commands/logs.ts";
import { addPause, addResume } from "./commands/pause.ts";
import { addProfile } from "./commands/profile.ts";
import { addResync } from "./commands/resync.ts";
import { addRuns } from "./commands/runs.ts";
import { addStatus } from "./commands/status.ts";
import { addRedeliver, addSubscribe, addUnsubscribe } from "./commands/subscribe.ts";
import { addTrigger } from "./commands/trigger.ts";
import { addWebUser } from "./commands/web-user.ts";
import { CliError, EXIT, type ExitCode } from "./exit.ts";
import { createSession, type GlobalOptions } from "./session.ts";
import type { Terminal } from "./terminal.ts";
import { reasonOf, stacksOf } from "./thrown.ts";

const SETTINGS_HELP = `
Settings: NATS_URL and DATABASE_URL (for doctor also REDIS_URL, CHAIN_ID, CHAIN_RPC_URL and RPC_URLS), from the options, else from the environment, else from the file
.vigia/environment that a running \`npm start\` leaves in the project's folder. For servers with TLS, NATS_TLS_CA_FILE,
NATS_TLS_CERT_FILE, NATS_TLS_KEY_FILE and DATABASE_TLS_..._FILE in the environment name the PEM files.

Exit codes:
  0   done
  1   what was asked for failed or was refused
  2   wrong usage; nothing was sent
  75  a server or service is away; the same may work later
  78  a setting is missing or wrong
  130 ended by Ctrl-C before the answer was there; what was asked for goes on by itself`;

/** The whole program: from its arguments to its exit code. Never throws. */
export async function run(args: readonly string[], terminal: Terminal): Promise<number> {
  let exitCode: ExitCode = EXIT.ok;
  const serve: Serve =
    (work) =>
    async (...received) => {
      const command = received.at(-1) as Command;
      const options = command.optsWithGlobals();
      exitCode = await work(createSession(terminal, options), options as never, command.args);
    };
  const program = createProgram(terminal, serve);
  try {
    await program.parseAsync([...args], { from: "user" });
    return exitCode;
  } catch (error) {
    return tellError(terminal, program.opts<GlobalOptions>().verbose === true, error);
  }
}

/** The tree of commands, each with what it does. */
export function createProgram(terminal: Terminal, serve: Serve): Command {
  const program = new Command("vigia")
    .description("Asks and commands Vigia: the jobs that keep a peer-to-peer marketplace true to its chain.")
    .option("--json", "answer in JSON: one document, or a line for each event when following")
    .option("--nats-url <url>", "where NATS is")
    .option("--database-url <url>", "where Postgres is")
    .option("--redis-url <url>", "where Redis is; for vigia doctor alone")
    .option("--verbose", "where an error came from, too")
    .exitOverride()
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({
      writeOut: (text) => void terminal.stdout.write(text),
      writeErr: (text) => void terminal.stderr.write(text),
      outputError: (text, write) => write(text.replace(/^error: /, "vigia: ")),
    })
    .addHelpText(
      "after",
      `${examples([
        ["vigia doctor", "what is wrong, why, and the command that mends it"],
        ["vigia status", "is everything there, what ran and what is due"],
        ["vigia issues --follow", "see inconsistencies as they are found"],
        ["vigia resync --from 100 --to 200 --wait", "read these blocks again"],
      ])}\n${SETTINGS_HELP}`,
    );
  const answers = [addDoctor, addStatus, addJobs, addRuns, addLogs, addLocks, addIssues, addDeadLetters, addProfile];
  const commands = [
    addTrigger,
    addBackfill,
    addCheck,
    addResync,
    addPause,
    addResume,
    addDowntime,
    addSubscribe,
    addUnsubscribe,
    addRedeliver,
  ];
  for (const add of [...answers, ...commands, addWebUser, addCompletion]) add(program, serve);
  return program;
}

function tellError({ stderr, signal }: Terminal, verbose: boolean, error: unknown): number {
  // What fails once Ctrl-C was pressed fails because of it, unless it says more.
  if (signal.aborted && !(error instanceof CliError && error.exitCode === EXIT.interrupted)) return EXIT.interrupted;
  // Commander has said what was wrong; help that was asked for is no error.
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  stderr.write(`vigia: ${reasonOf(error)}\n`);
  if (verbose) stderr.write(`${stacksOf(error)}\n`);
  return error instanceof CliError ? error.exitCode : EXIT.failed;
}
