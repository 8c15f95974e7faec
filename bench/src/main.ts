import { constants } from "node:os";
import { alternate } from "./alternate.ts";
import { cleanup } from "./benchmarks/cleanup.ts";
import { consistency } from "./benchmarks/consistency.ts";
import { idle } from "./benchmarks/idle.ts";
import { locks } from "./benchmarks/locks.ts";
import { messages } from "./benchmarks/messages.ts";
import { outbox } from "./benchmarks/outbox.ts";
import { recovery } from "./benchmarks/recovery.ts";
import { steps } from "./benchmarks/steps.ts";
import { sync } from "./benchmarks/sync.ts";
import { ticks } from "./benchmarks/ticks.ts";
import type { Benchmark } from "./contender.ts";
import { type Result, toResult } from "./figures.ts";
import { describeMachine, loadNow } from "./machine.ts";
import { type Options, readOptions, USAGE } from "./options.ts";
import { choosePeers } from "./peers.ts";
import { startServers } from "./servers.ts";
import { toTable } from "./table.ts";

const BENCHMARKS: Readonly<Record<string, Benchmark>> = {
  ...{ locks, steps, ticks, messages, outbox, recovery, idle },
  ...{ sync, cleanup, consistency },
};

async function run(options: Options, benchmark: Benchmark, interrupted: AbortController): Promise<Result> {
  const report = (line: string) => process.stderr.write(`${line}\n`);
  const loadBefore = loadNow();
  const closing: (() => Promise<unknown> | unknown)[] = [];
  let closed: Promise<void> | undefined;
  const close = () => {
    closed ??= closeInReverse(closing, report);
    return closed;
  };
  closeOnSignals(interrupted, close);
  const servers = await startServers();
  closing.push(() => servers.stop());
  try {
    const peers = choosePeers(options.peer, report);
    const contenders = await benchmark.prepare({
      ...{ servers, options, peers, report },
      onClose: (action) => closing.push(action),
    });
    const measured = await alternate(contenders, benchmark.rounds, report);
    return toResult(options.benchmark, benchmark, measured, await describeMachine(servers, loadBefore));
  } finally {
    await close();
  }
}

async function closeInReverse(closing: (() => Promise<unknown> | unknown)[], report: (line: string) => void) {
  for (let next = closing.pop(); next; next = closing.pop()) {
    try {
      await next();
    } catch (error) {
      report(`not stopped in order: ${String(error)}`);
    }
  }
}

/** Whoever interrupts a run leaves no servers behind: they are processes of their own, which no Ctrl-C reaches. */
function closeOnSignals(interrupted: AbortController, close: () => Promise<void>): void {
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.once(signal, () => {
      interrupted.abort();
      void close().finally(() => process.exit(128 + constants.signals[signal]));
    });
  }
}

async function main(interrupted: AbortController): Promise<void> {
  let options: Options;
  try {
    options = readOptions(process.argv.slice(2), Object.keys(BENCHMARKS));
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : error}\n\n${USAGE}`);
    process.exitCode = 2;
    return;
  }
  const benchmark = BENCHMARKS[options.benchmark];
  if (!benchmark) return;
  const result = await run(options, benchmark, interrupted);
  process.stdout.write(options.json ? `${JSON.stringify(result, undefined, 2)}\n` : toTable(result));
}

const interrupted = new AbortController();
main(interrupted).catch((error: unknown) => {
  // What is measured fails when its servers go, which is no news then.
  if (interrupted.signal.aborted) return;
  console.error(error);
  process.exit(1);
});
