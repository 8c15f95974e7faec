import { join } from "node:path";
import { freePort } from "@vigia/servers";

/** A process of ours: what runs, and with which settings. */
export interface ProcessDefinition {
  /** Unique, for the log file and the table; replicas are numbered. */
  readonly name: string;
  readonly file: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Where it answers /readyz; a process without one is ready when it runs. */
  readonly url?: string;
}

/** Every service with the number of its replicas. A second scheduler shows that ticks stay single. */
const SERVICES: readonly (readonly [name: string, replicas: number])[] = [
  ["chain-sync", 1],
  ["cleanup", 1],
  ["consistency", 1],
  ["notifications", 1],
  ["reporting", 1],
  ["scheduler", 2],
];

/** The demo is to be watched: what takes minutes and weeks by default comes in seconds. */
export const DEMO_PACE: Readonly<Record<string, string>> = {
  SCHEDULE_CHAIN_SYNC_SYNC: "*/3 * * * * *",
  SCHEDULE_CHAIN_SYNC_VERIFY: "*/10 * * * * *",
  SCHEDULE_CHAIN_SYNC_RECONCILE: "*/20 * * * * *",
  SCHEDULE_CLEANUP_EXPIRE_ORDERS: "*/10 * * * * *",
  SCHEDULE_CLEANUP_PURGE_NOTIFICATIONS: "*/30 * * * * *",
  SCHEDULE_CLEANUP_PURGE_HISTORY: "*/45 * * * * *",
  SCHEDULE_CONSISTENCY_CHECK: "*/10 * * * * *",
  SCHEDULE_CONSISTENCY_DEEP_CHECK: "0 * * * * *",
  CONSISTENCY_GRACE_SECONDS: "20",
};

/** For a check, which waits until each task has run. */
export const CHECK_PACE: Readonly<Record<string, string>> = {
  ...DEMO_PACE,
  SCHEDULE_CHAIN_SYNC_SYNC: "* * * * * *",
  SCHEDULE_CHAIN_SYNC_VERIFY: "*/3 * * * * *",
  SCHEDULE_CHAIN_SYNC_RECONCILE: "*/5 * * * * *",
  SCHEDULE_CLEANUP_EXPIRE_ORDERS: "*/3 * * * * *",
  SCHEDULE_CLEANUP_PURGE_NOTIFICATIONS: "*/10 * * * * *",
  SCHEDULE_CLEANUP_PURGE_HISTORY: "*/10 * * * * *",
  SCHEDULE_CONSISTENCY_CHECK: "*/4 * * * * *",
  SCHEDULE_CONSISTENCY_DEEP_CHECK: "*/10 * * * * *",
  CONSISTENCY_GRACE_SECONDS: "5",
};

/** Each service gets the settings that are for it: the addresses of the stack with its own logins, and the pace. */
export async function defineServices(
  projectDir: string,
  settingsFor: (service: string) => Readonly<Record<string, string>>,
): Promise<ProcessDefinition[]> {
  const definitions: ProcessDefinition[] = [];
  for (const [service, replicas] of SERVICES) {
    for (let replica = 1; replica <= replicas; replica++) {
      const port = await freePort();
      definitions.push({
        name: replicas === 1 ? service : `${service}-${replica}`,
        file: join(projectDir, "services", service, "dist", "main.js"),
        environment: { ...settingsFor(service), ESCROW_PROFILE: "reference", HTTP_PORT: String(port) },
        url: `http://127.0.0.1:${port}`,
      });
    }
  }
  return definitions;
}

/** The marketplace that the services watch over: users who trade, and now and then something that goes wrong. */
export function defineDemo(projectDir: string, settings: Readonly<Record<string, string>>): ProcessDefinition {
  return { name: "demo", file: join(projectDir, "apps", "demo", "dist", "main.js"), environment: settings };
}

/** Where the web page is. */
export function pageOf(definitions: readonly ProcessDefinition[]): string {
  const url = definitions.find(({ name }) => name === "reporting")?.url;
  if (url === undefined) throw new Error("No service serves the page.");
  return url;
}
