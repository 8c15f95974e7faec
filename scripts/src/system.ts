import { MARKETPLACE, makePassword } from "@vigia/access";
import { type PageLogin, pageSettings } from "./page-login.ts";
import type { Progress } from "./progress.ts";
import { waitUntilReady } from "./readiness.ts";
import { DEMO_PACE, defineDemo, defineServices, type ProcessDefinition, pageOf } from "./services.ts";
import type { Shutdown } from "./shutdown.ts";
import { type Stack, type StackSettings, startStack } from "./stack.ts";
import { type SupervisedProcess, supervise } from "./supervise.ts";

export interface SystemOptions {
  readonly projectDir: string;
  readonly dataDir: string;
  readonly progress: Progress;
  readonly shutdown: Shutdown;
  /** Whether the demo marketplace trades by itself. */
  readonly withMarket: boolean;
  /** The settings that say how often things happen; the demo's unless told. */
  readonly pace?: Readonly<Record<string, string>>;
}

export interface RunningSystem {
  readonly page: string;
  readonly pageLogin: PageLogin;
  readonly settings: StackSettings;
  readonly processes: readonly ProcessDefinition[];
  readonly refusals: Stack["refusals"];
}

/** Starts servers, services and, if wanted, the marketplace, in this order, and waits until all of them work. */
export async function startSystem(options: SystemOptions): Promise<RunningSystem> {
  const { projectDir, dataDir, progress, shutdown, withMarket, pace = DEMO_PACE } = options;
  const { settings, settingsFor, refusals } = await startStack(dataDir, progress, shutdown);
  const pageLogin = { name: "operator", password: makePassword() };
  const page = await pageSettings(pageLogin);
  const services = await defineServices(projectDir, (service) => ({
    ...settingsFor(service),
    ...(service === "reporting" ? page : {}),
    ...pace,
  }));
  const all: SupervisedProcess[] = [];
  process.once("exit", () => {
    for (const one of all) one.kill();
  });
  const start = (definition: ProcessDefinition, say: (line: string) => void): SupervisedProcess => {
    const started = supervise({ definition, dataDir, say });
    all.push(started);
    return started;
  };

  await progress.step(`starting ${services.length} services`, async (report) => {
    const running = services.map((definition) => start(definition, report));
    shutdown.add(async () => void (await Promise.all(running.map((one) => one.stop()))));
    await waitUntilReady(running, shutdown.signal);
  });
  const processes = [...services];
  if (withMarket) {
    const market = defineDemo(projectDir, settingsFor(MARKETPLACE));
    const running = start(market, progress.line);
    shutdown.add(() => running.stop());
    processes.push(market);
  }
  return { page: pageOf(services), pageLogin, settings, processes, refusals };
}
