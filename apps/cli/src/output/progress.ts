import { Presets, SingleBar } from "cli-progress";
import type { News } from "../command/news.ts";
import type { Session } from "../session.ts";

/** Off a terminal a line is written each time another such part is done. */
const LINES = 10;

export interface Progress {
  show(news: Extract<News, { kind: "progress" }>): void;
  /** Must come before anything else is written. Safe to call twice. */
  stop(): void;
}

/** How far a resync has come: a bar on a terminal, some lines elsewhere. */
export function createProgress(session: Session): Progress {
  return session.terminal.stderr.isTTY && !session.options.json ? createBar(session) : createLines(session);
}

function createBar({ terminal }: Session): Progress {
  const bar = new SingleBar(
    { stream: terminal.stderr, format: "{bar} {percentage}% · block {block} · {logs} logs · {eta_formatted} left" },
    Presets.shades_classic,
  );
  let started = false;
  return {
    show({ fromBlock, toBlock, doneBlock, logs }) {
      const payload = { block: doneBlock, logs };
      const done = blocksDone(fromBlock, doneBlock);
      if (started) bar.update(done, payload);
      else bar.start(toBlock - fromBlock + 1, done, payload);
      started = true;
    },
    stop: () => bar.stop(),
  };
}

function createLines(session: Session): Progress {
  let written = -1;
  return {
    show({ fromBlock, toBlock, doneBlock, logs }) {
      const share = blocksDone(fromBlock, doneBlock) / (toBlock - fromBlock + 1);
      const part = Math.floor(share * LINES);
      if (part <= written) return;
      written = part;
      session.note(`${Math.floor(share * 100)}%: block ${doneBlock} of ${toBlock}, ${logs} logs`);
    },
    stop: () => {},
  };
}

function blocksDone(fromBlock: number, doneBlock: number): number {
  return Math.max(0, doneBlock - fromBlock + 1);
}
