import { taskDefinition } from "@vigia/messages";
import type { Bus } from "@vigia/runtime";
import { endOfEvents } from "../events.ts";
import { CliError, EXIT } from "../exit.ts";
import { type CommandEnd, type News, newsFilters, readNews } from "./news.ts";
import type { Command } from "./send.ts";

/** A living service accepts within a second or so, unless an earlier command keeps it busy. */
const SILENCE_MS = 10_000;
/** What a service carries out without a run takes a moment, and some tries at worst. */
const WITHOUT_RUN_SECONDS = 60;

export interface FollowOptions {
  readonly bus: Bus;
  readonly command: Command;
  /** The default is the time limit of the command's task. */
  readonly timeoutSeconds: number | undefined;
  readonly signal: AbortSignal;
  readonly onNews: (news: News) => void;
  /** Nobody has accepted the command for a while. */
  readonly onSilence: () => void;
  /** Called once nothing of the command's life can be missed any more. */
  readonly publish: () => Promise<void>;
}

/** Publishes a command and stays until its end. Throws `CliError` where that does not come in time. */
export async function followCommand(options: FollowOptions): Promise<CommandEnd> {
  const { bus, command, onNews, onSilence, publish } = options;
  const { watchEvents } = await import("@vigia/runtime");
  const after = await endOfEvents(bus);
  const silence = setTimeout(onSilence, SILENCE_MS);
  const patience = impatience(options);
  let onEnd: (end: CommandEnd) => void = () => {};
  const ended = new Promise<CommandEnd>((resolve) => {
    onEnd = resolve;
  });
  const watch = await watchEvents({
    bus,
    filters: newsFilters(command),
    after,
    onEvent: (event) => {
      const news = readNews(event, command.id);
      if (!news) return;
      clearTimeout(silence);
      onNews(news);
      if (news.kind === "ended") onEnd(news);
    },
  });
  try {
    await publish();
    return await Promise.race([ended, patience.ends]);
  } finally {
    clearTimeout(silence);
    patience.stop();
    await watch.stop();
  }
}

/** Ends the waiting, but not what is waited for. */
function impatience({ command, signal, timeoutSeconds }: FollowOptions) {
  const limitSeconds = command.task ? taskDefinition(command.task).timeLimitSeconds : WITHOUT_RUN_SECONDS;
  const seconds = timeoutSeconds ?? limitSeconds;
  const stop = new AbortController();
  const ends = new Promise<never>((_, reject) => {
    const timer = setTimeout(
      () => reject(new CliError(EXIT.away, `no end within ${seconds} s; command ${command.id} goes on by itself`)),
      seconds * 1_000,
    );
    const interrupt = () =>
      reject(new CliError(EXIT.interrupted, `stopped waiting; command ${command.id} goes on by itself`));
    // Ctrl-C may have come while the servers were still being reached.
    if (signal.aborted) interrupt();
    else signal.addEventListener("abort", interrupt, { signal: stop.signal });
    stop.signal.addEventListener("abort", () => clearTimeout(timer));
  });
  // It may reject while the command is still being published, before anybody waits for it.
  ends.catch(() => {});
  return { ends, stop: () => stop.abort() };
}
