import { join } from "node:path";
import { check } from "./check.ts";
import { describeReport } from "./check-report.ts";
import { forgetData, makeDataDir, openDataDir, removeDataDir } from "./data-dir.ts";
import { removeEnvironmentFile, writeEnvironmentFile } from "./environment-file.ts";
import { lockInstance } from "./instance-lock.ts";
import { readOptions, type StartOptions, USAGE } from "./options.ts";
import { createProgress, type Progress } from "./progress.ts";
import { CHECK_PACE } from "./services.ts";
import { createShutdown, type Shutdown } from "./shutdown.ts";
import { stopOnSignals } from "./signals.ts";
import { startSystem } from "./system.ts";
import { watchEvents } from "./watch-events.ts";
import { welcome } from "./welcome.ts";

const PROJECT_DIR = join(__dirname, "../..");
const EXIT_USAGE = 64;
const EXIT_INTERRUPTED = 130;
/** Whatever still keeps the process alive when all is stopped does not keep it for longer. */
const LINGER_MS = 3_000;

async function main(): Promise<number> {
  let options: StartOptions;
  try {
    options = readOptions(process.argv.slice(2));
  } catch (error) {
    process.stderr.write(`${messageOf(error)}\n\n${USAGE}`);
    return EXIT_USAGE;
  }
  if (options.help) {
    process.stdout.write(USAGE);
    return 0;
  }
  const progress = createProgress(options.json ? process.stderr : process.stdout);
  const shutdown = createShutdown(progress.line);
  stopOnSignals(shutdown, progress.line);
  try {
    return await (options.check
      ? checkOnce(options, progress, shutdown)
      : runUntilStopped(options, progress, shutdown));
  } catch (error) {
    if (!shutdown.signal.aborted) progress.line(`\n${messageOf(error)}`);
    return shutdown.signal.aborted ? EXIT_INTERRUPTED : 1;
  } finally {
    await shutdown.run();
  }
}

/** The whole system, with its marketplace, until Ctrl-C. */
async function runUntilStopped({ fresh }: StartOptions, progress: Progress, shutdown: Shutdown): Promise<number> {
  const startedAt = Date.now();
  const dataDir = openDataDir(PROJECT_DIR);
  const lock = lockInstance(dataDir);
  shutdown.add(async () => lock.release());
  progress.line(`vigia: starting in ${dataDir}`);
  if (fresh) await progress.step("forgetting earlier runs", () => forgetData(dataDir));

  const system = await startSystem({ projectDir: PROJECT_DIR, dataDir, progress, shutdown, withMarket: true });
  writeEnvironmentFile(dataDir, {
    ...system.settings,
    VIGIA_PAGE: system.page,
    VIGIA_PAGE_USER: system.pageLogin.name,
    VIGIA_PAGE_PASSWORD: system.pageLogin.password,
  });
  shutdown.add(async () => removeEnvironmentFile(dataDir));
  lock.publish(system.page);
  const seconds = (Date.now() - startedAt) / 1000;
  progress.line(welcome({ ...system, dataDir: ".vigia", seconds }));
  await watchEvents(system.settings.NATS_URL, shutdown, (line) => progress.line(`${clockTime()} ${line}`));

  await new Promise<void>((resolve) => shutdown.signal.addEventListener("abort", () => resolve()));
  const clean = await shutdown.run();
  progress.line(clean ? "vigia: everything is stopped" : "vigia: not everything ended in time; the rest is killed");
  return clean ? 0 : 1;
}

/** The demo's script to its end, in a directory of its own: a running system beside it is not disturbed. */
async function checkOnce({ json }: StartOptions, progress: Progress, shutdown: Shutdown): Promise<number> {
  const dataDir = makeDataDir();
  shutdown.add(() => removeDataDir(dataDir));
  progress.line(`vigia: checking in ${dataDir}`);
  const system = await startSystem({
    ...{ projectDir: PROJECT_DIR, dataDir, progress, shutdown },
    ...{ withMarket: false, pace: CHECK_PACE },
  });
  const report = await check(system, progress, shutdown.signal);
  const text = json ? JSON.stringify(report, null, 2) : describeReport(report);
  await progress.step("stopping", () => shutdown.run());
  await new Promise<void>((resolve) => process.stdout.write(`${text}\n`, () => resolve()));
  return report.ok ? 0 : 1;
}

function clockTime(): string {
  return new Date().toTimeString().slice(0, 8);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

main().then(
  (code) => {
    process.exitCode = code;
    setTimeout(() => process.exit(), LINGER_MS).unref();
  },
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
    process.exit(1);
  },
);
