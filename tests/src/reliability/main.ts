import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createRandom } from "@vigia/testkit";
import { judgeAll } from "./checks/index.ts";
import { watchDeliveries } from "./deliveries.ts";
import { CALM_FAULTS, type PlannedFault, planFaults } from "./fault-plan.ts";
import { injectFaults } from "./faults.ts";
import type { InjectedFault, Stall } from "./history.ts";
import { type Machine, watchMachine } from "./machine.ts";
import { type Options, readOptions, USAGE } from "./options.ts";
import { readHistory } from "./read-history.ts";
import { describeReport, type Report, reportOf } from "./report.ts";
import { watchEnded } from "./rewritten.ts";
import { settle } from "./settle.ts";
import { readStalls, watchStalls } from "./stalls.ts";
import { type System, startSystem } from "./system.ts";
import { untilReady } from "./until-ready.ts";
import { startWorkload } from "./workload.ts";

const EXIT_USAGE = 64;
/** Postgres may take this long to answer as before, once it is there again. */
const STARTING_MS = 3_000;
const CALM_ROUNDS = 3;
/** In the calm it is the holder or nobody: several long runs' instants may pass until there is one. */
const CALM_HOLDER_LIMIT_MS = 180_000;
/** What takes a process this long can cost it a beat, or its place in line. */
const STALL_MS = 1_000;
/** An event whose every try fails has its last one some minutes after the first: a short run does not wait for that. */
const STUBBORN_FROM_MINUTES = 5;

async function main(): Promise<number> {
  let options: Options;
  try {
    options = readOptions(process.argv.slice(2));
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : error}\n\n${USAGE}`);
    return EXIT_USAGE;
  }
  if (options.help) {
    process.stdout.write(USAGE);
    return 0;
  }
  const startedAt = Date.now();
  const say = (line: string) => {
    const seconds = ((Date.now() - startedAt) / 1_000).toFixed(1).padStart(6);
    process.stderr.write(`${seconds} s  ${line}\n`);
  };
  const dir = mkdtempSync(join(tmpdir(), "vigia-reliability-"));
  // PostgreSQL may run as another user, who has to pass through.
  chmodSync(dir, 0o711);
  say(`seed ${options.seed}, ${options.minutes} minutes of faults, in ${dir}`);
  const report = await play(options, dir, say).catch((error: unknown) => {
    say(`the logs are kept in ${dir}`);
    throw error;
  });
  process.stdout.write(options.json ? `${JSON.stringify(report)}\n` : `${describeReport(report)}\n`);
  if (report.ok) rmSync(dir, { recursive: true, force: true });
  else say(`the logs, and what was judged, are kept in ${dir}`);
  return report.ok ? 0 : 1;
}

async function play(options: Options, dir: string, say: (line: string) => void): Promise<Report> {
  const system = await startSystem(dir);
  stopOnSignals(system);
  try {
    await untilReady(system);
    say(`${system.processes.length} processes run; load begins`);
    const random = createRandom(options.seed);
    const names = system.processes.map(({ name }) => name);
    const plan = planFaults(random, names, options.minutes * 60_000);
    const ended = watchEnded(system.database);
    const machine = watchMachine(system.database);
    watchStalls(system.stallsDir);
    const deliveries = watchDeliveries(system.bus);
    const withStubborn = options.minutes >= STUBBORN_FROM_MINUTES;
    const workload = await startWorkload(system, createRandom(options.seed + 1), { withStubborn });
    const tell = ({ kind, forMs, clockMs }: PlannedFault, target: string) =>
      say(`${kind}: ${target}${forMs ? ` for ${forMs} ms` : ""}${kind === "clock set" ? ` by ${clockMs} ms` : ""}`);
    const faults = await injectFaults(system, plan, tell);
    await workload.stop();
    say("all at once is over; what a holder can suffer is left, in the calm");
    faults.push(...(await injectInCalm(system, machine, tell)));
    say("settling");
    const end = await settle(system, machine, workload.plants, say);
    say("all is stopped; reading what happened");
    const rewritten = await ended.stop();
    faults.push(...(await machine.stop()).filter((stall) => !isOfPostgres(stall, faults)));
    const { commands, reorgs, plants } = workload;
    const stalls = readStalls(system.stallsDir);
    faults.push(...slowOf(stalls, system).filter((slow) => !isOwnFault(slow, faults)));
    const seen = {
      faults,
      stalls,
      rewritten,
      commands,
      reorgs,
      planted: plants.orders,
      deliveries: await deliveries.stop(),
    };
    const history = await readHistory(system, { ...seen, ...end });
    const report = reportOf(options, history, workload.done, judgeAll(history));
    if (!report.ok) writeFileSync(join(dir, "history.json"), JSON.stringify(history, setsAsLists));
    return report;
  } finally {
    await system.stop();
  }
}

/** One after the other; and all once more where the machine itself stood still meanwhile, for then they show little. */
async function injectInCalm(
  system: System,
  machine: Machine,
  tell: (fault: PlannedFault, target: string) => void,
): Promise<InjectedFault[]> {
  const injected: InjectedFault[] = [];
  for (let round = 1; round <= CALM_ROUNDS; round++) {
    const beganAt = Date.now();
    for (const fault of CALM_FAULTS)
      injected.push(...(await injectFaults(system, [fault], tell, CALM_HOLDER_LIMIT_MS)));
    if (machine.wellSince() < beganAt) break;
  }
  return injected;
}

/** The stalls that could explain what befell a process, as faults of its own. */
function slowOf(stalls: readonly Stall[], { processes }: System): InjectedFault[] {
  return stalls
    .filter(({ starvedMs }) => starvedMs > STALL_MS)
    .flatMap(({ pid, from, to }) => {
      const target = processes.find(({ lives }) => lives.some((life) => life.pid === pid))?.name;
      return target === undefined ? [] : [{ kind: "process slow", target, from, to } as const];
    });
}

/** A process that was stopped, or hung, as it was meant to. */
function isOwnFault({ target, from, to }: InjectedFault, faults: readonly InjectedFault[]): boolean {
  return faults.some((fault) => fault.target === target && fault.from <= to && fault.to >= from);
}

/** For JSON, which has no sets. */
function setsAsLists(_key: string, value: unknown): unknown {
  return value instanceof Set ? [...value] : value;
}

/** What was slow because Postgres was at fault is no stall of the machine's. */
function isOfPostgres(stall: InjectedFault, faults: readonly InjectedFault[]): boolean {
  return faults.some(
    ({ target, from, to }) => target === "postgres" && from <= stall.to && to + STARTING_MS >= stall.from,
  );
}

function stopOnSignals(system: System): void {
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.once(signal, () => void system.stop().finally(() => process.exit(1)));
  }
}

main()
  .catch((error: unknown) => {
    console.error(error);
    return 1;
  })
  .then((code) => process.exit(code))
  .catch(console.error);
