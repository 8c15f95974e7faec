import { issueChanged, issueFilter, SEVERITIES, type Severity } from "@vigia/messages";
import type { IncomingMessage } from "@vigia/runtime";
import { type Command, Option } from "commander";
import { endOfEvents } from "../events.ts";
import { EXIT, type ExitCode } from "../exit.ts";
import { issueLine, renderHistory, renderIssues } from "../output/issue-view.ts";
import { findHistory, findIssues } from "../questions/issues.ts";
import { withBus, withDatabase } from "../servers.ts";
import type { Session } from "../session.ts";
import { examples, type Serve } from "./command.ts";
import { addMarks } from "./mark-issues.ts";
import { checkCode, positiveNumber } from "./values.ts";

const DEFAULT_LIMIT = 200;

interface IssuesOptions {
  readonly follow?: true;
  readonly check?: string;
  readonly severity?: Severity;
  readonly all?: true;
  readonly limit: number;
}

export function addIssues(program: Command, serve: Serve): void {
  const issues = program
    .command("issues")
    .description("the inconsistencies that were found, and what is to become of them")
    .addHelpText(
      "after",
      examples([
        ["vigia issues --severity critical", "what to look at first"],
        ["vigia issues --follow", "watch; each finding is a line"],
        ["vigia issues acknowledge AMOUNT_MISMATCH:order:3f1e --reason asked", "somebody works on it"],
        ["vigia issues snooze --check DISPUTE_STALE --until 2d", "not before the day after tomorrow"],
      ]),
    );
  addList(issues, serve);
  addHistory(issues, serve);
  addMarks(issues, serve);
}

function addList(issues: Command, serve: Serve): void {
  issues
    .command("list", { isDefault: true })
    .description("those that are open, the worst first; or, as they come, what is found")
    .addOption(new Option("--follow", "print findings as they come, until Ctrl-C").conflicts("all"))
    .option("--check <code>", "those of one check, such as AMOUNT_MISMATCH", checkCode)
    .addOption(new Option("--severity <severity>", "those of one severity").choices(SEVERITIES))
    .option("--all", "resolved ones too")
    .option("--limit <number>", "no more than this", positiveNumber, DEFAULT_LIMIT)
    .addHelpText(
      "after",
      examples([
        ["vigia issues --severity critical", "what to look at first"],
        ["vigia issues --follow", "watch; each finding is a line"],
        ["vigia issues --follow --json | jq .evidence", "each finding is a JSON line"],
      ]),
    )
    .action(
      serve<IssuesOptions>((session, options) =>
        options.follow ? followIssues(session, options) : listIssues(session, options),
      ),
    );
}

function addHistory(issues: Command, serve: Serve): void {
  issues
    .command("history")
    .description("what became of an issue")
    .argument("<fingerprint>", "its identity, as `vigia issues --json` says it")
    .action(
      serve((session, _, [fingerprint = ""]) =>
        withDatabase(session, async (database) => {
          const history = await findHistory(database, fingerprint);
          if (session.options.json) session.json(history);
          else if (history.length) session.say(renderHistory(session.paint, history));
          else session.say(`Nothing is on record of an issue ${fingerprint}.`);
          return EXIT.ok;
        }),
      ),
    );
}

function listIssues(session: Session, { check, severity, all, limit }: IssuesOptions): Promise<ExitCode> {
  return withDatabase(session, async (database) => {
    const issues = await findIssues(database, { check, severity, all: all === true, limit });
    if (session.options.json) session.json(issues);
    else if (issues.length) session.say(renderIssues(session.paint, issues, session.terminal.now()));
    else session.say("No issues.");
    if (issues.length === limit) session.note(`These are the first ${limit}; see more with --limit.`);
    return EXIT.ok;
  });
}

function followIssues(session: Session, { check, severity }: IssuesOptions): Promise<ExitCode> {
  return withBus(session, async (bus) => {
    const { watchEvents } = await import("@vigia/runtime");
    const filter = issueFilter({ ...(check ? { check } : {}), ...(severity ? { severity } : {}) });
    const after = await endOfEvents(bus);
    const onEvent = (event: IncomingMessage) => tellIssue(session, event);
    const watch = await watchEvents({ bus, filters: [filter], after, onEvent });
    session.note(`Following ${filter}; stop with Ctrl-C.`);
    await aborted(session.terminal.signal);
    await watch.stop();
    return EXIT.ok;
  });
}

function tellIssue(session: Session, { subject, body }: IncomingMessage): void {
  const parsed = issueChanged.schema.safeParse(body.ok ? body.data : undefined);
  if (!parsed.success) session.note(`An event on ${subject} is not a finding as Vigia writes it.`);
  else if (session.options.json) session.json(parsed.data, "line");
  else session.say(issueLine(session.paint, parsed.data));
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
