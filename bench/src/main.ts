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

async function run(options: Options, benchmark: Benchmark): Promise<Result> {
  const report = (line: string) => process.stderr.write(`${line}\n`);
  const loadBefore = loadNow();
  const closing: (() => Promise<unknown> | unknown)[] = [];
  const servers = await startServers();
  closing.push(() => servers.stop());
  try {
    const peers = choosePeers(options.peer, report);
    const contenders = await benchmark.prepare({
      ...{ servers, options, peers, report },
      onClose: (close) => closing.push(close),
    });
    const measured = await alternate(contenders, benchmark.rounds, report);
    return toResult(options.benchmark, benchmark, measured, await describeMachine(servers, loadBefore));
  } finally {
    for (const close of closing.reverse()) await close();
  }
}

async function main(): Promise<void> {
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
  const result = await run(options, benchmark);
  process.stdout.write(options.json ? `${JSON.stringify(result, undefined, 2)}\n` : toTable(result));
}

main().catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
