import { cpus, loadavg, totalmem } from "node:os";
import type { Servers } from "./servers.ts";

/** Where and when the figures were taken. */
export interface Machine {
  readonly cores: number;
  readonly processor: string;
  readonly memoryGb: number;
  /** The load of the last minute, before the run and after it: what else the machine had to do. */
  readonly load: { readonly before: number; readonly after: number };
  readonly node: string;
  readonly servers: { readonly nats: string; readonly redis: string; readonly postgres: string };
}

export function loadNow(): number {
  return loadavg()[0] ?? 0;
}

export async function describeMachine(servers: Servers, loadBefore: number): Promise<Machine> {
  return {
    cores: cpus().length,
    processor: cpus()[0]?.model.trim() ?? "unknown",
    memoryGb: Math.round(totalmem() / 2 ** 30),
    load: { before: loadBefore, after: loadNow() },
    node: process.versions.node,
    servers: await servers.versions(),
  };
}
