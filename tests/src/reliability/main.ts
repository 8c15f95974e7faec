import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createRandom } from "@vigia/testkit";
import { judgeAll } from "./checks/index.ts";
import { CALM_FAULTS, type PlannedFault, planFaults } from "./fault-plan.ts";
import { injectFaults } from "./faults.ts";
import type { InjectedFault } from "./history.ts";
import { watchMachine } from "./machine.ts";
import { type Options, readOptions, USAGE } from "./options.ts";
import { readHistory } from "./read-history.ts";
import { describeReport, type Report, reportOf } from "./report.ts";
import { watchEnded } from "./rewritten.ts";
import { settle } from "./settle.ts";
import { type System, startSystem } from "./system.ts";
import { untilReady } from "./until-ready.ts";
import { startWorkload } from "./workload.ts";

const EXIT_USAGE = 64;
/** Postgres may take this long to answer as before, once it is there again. */
const STARTING_MS = 3_000;

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
  const report = await play(options, dir, say);
  process.stdout.write(options.json ? `${JSON.stringify(report)}\n` : `${describeReport(report)}\n`);
  if (report.ok) rmSync(dir, { recursive: true, force: true });
  else say(`the logs are kept in ${dir}`);
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
    const workload = await startWorkload(system, createRandom(options.seed + 1));
    const tell = ({ kind, forMs, clockMs }: PlannedFault, target: string) =>
      say(`${kind}: ${target}${forMs ? ` for ${forMs} ms` : ""}${kind === "clock set" ? ` by ${clockMs} ms` : ""}`);
    const faults = await injectFaults(system, plan, tell);
    await workload.stop();
    say("all at once is over; what a holder can suffer is left, in the calm");
    faults.push(...(await injectFaults(system, CALM_FAULTS, tell)));
    say("settling");
    const end = await settle(system, machine, say);
    say("all is stopped; reading what happened");
    const rewritten = await ended.stop();
    faults.push(...(await machine.stop()).filter((stall) => !isOfPostgres(stall, faults)));
    const { commands, reorgs } = workload;
    const history = await readHistory(system, { faults, rewritten, commands, reorgs, ...end });
    return reportOf(options, history, workload.done, judgeAll(history));
  } finally {
    await system.stop();
  }
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
