import { followCommand } from "../command/follow.ts";
import type { CommandEnd, News } from "../command/news.ts";
import { type Command, publishCommand } from "../command/send.ts";
import { EXIT, type ExitCode } from "../exit.ts";
import { createProgress, type Progress } from "../output/progress.ts";
import { withBus } from "../servers.ts";
import type { Session } from "../session.ts";

export interface WaitOptions {
  readonly wait?: true;
  readonly timeout?: number;
}

/** Publishes a command; with `wait` it stays until the command has ended, and its end is the exit code. */
export function carryOut(session: Session, command: Command, { wait, timeout }: WaitOptions): Promise<ExitCode> {
  return withBus(session, async (bus) => {
    const publish = () => publishCommand(bus, command, session.terminal.now());
    if (!wait) {
      await publish();
      tellPublished(session, command);
      return EXIT.ok;
    }
    const progress = createProgress(session);
    try {
      const end = await followCommand({
        bus,
        command,
        timeoutSeconds: timeout,
        signal: session.terminal.signal,
        publish,
        onNews: (news) => tellNews(session, command, progress, news),
        onSilence: () => session.note(`nobody has accepted it yet; is ${command.target} running? (vigia status)`),
      });
      progress.stop();
      return tellEnd(session, command, end);
    } finally {
      progress.stop();
    }
  });
}

function tellPublished(session: Session, { id, subject, target, command, task }: Command): void {
  if (session.options.json) {
    session.json({ commandId: id, subject, status: "published" });
    return;
  }
  session.say(`Published ${subject}, command ${id}`);
  session.say(`Follow it with:  nats sub 'vigia.event.command.*.${target}.${command}'`);
  if (task) session.say(`See its run in:  vigia runs --task ${task}`);
}

function tellNews(session: Session, { id, target }: Command, progress: Progress, news: News): void {
  if (news.kind === "progress") progress.show(news);
  if (news.kind === "accepted") session.note(`${target} accepted command ${id}`);
  if (news.kind === "attempt-failed") {
    progress.stop();
    session.note(`attempt ${news.attempt} failed: ${news.error}`);
  }
}

function tellEnd(session: Session, { id, subject, target, command, task }: Command, end: CommandEnd): ExitCode {
  const { status, reason, result } = end;
  if (session.options.json) {
    session.json({ commandId: id, subject, status, ...(reason ? { reason } : {}), ...(result ? { result } : {}) });
  } else {
    const details = Object.entries(result ?? {}).map(([name, value]) => `${name} ${JSON.stringify(value)}`);
    const why = reason ? `: ${reason}` : details.length ? `: ${details.join(", ")}` : "";
    session.say(
      `${session.paint(status === "completed" ? "green" : "red", `${task ?? `${target}.${command}`} ${status}`)}${why}`,
    );
  }
  return status === "completed" ? EXIT.ok : EXIT.failed;
}
