import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type TaskName, tickFor, tickId, tickSubject, toHeaders } from "@vigia/messages";
import { connectBus, createLogger } from "@vigia/runtime";
import type { Pool } from "pg";
import type { Servers } from "./servers.ts";

const LOOK_MS = 50;
const PATIENCE_MS = 60_000;

export interface Run {
  /** By the run's own record: from its start to its end. */
  readonly seconds: number;
  readonly items: number;
  /** The most memory that the process has had in RAM; `undefined` where the system does not tell. */
  readonly peakMb: number | undefined;
  /** What the process has computed till then, its start included; `undefined` where the system does not tell. */
  readonly cpuSeconds: number | undefined;
}

/** Starts a service as the system does, a process of its own, has it run a task once, and ends it. */
export async function runOnce(
  servers: Servers,
  database: { readonly url: string; readonly pool: Pool },
  task: TaskName,
): Promise<Run> {
  const [service = ""] = task.split(".");
  const main = join(__dirname, "..", "..", "services", service, "dist", "main.js");
  const environment = { ...process.env, ...servers.environment, DATABASE_URL: database.url };
  const child = spawn(process.execPath, [main], { env: environment, stdio: ["ignore", "inherit", "inherit"] });
  try {
    const id = await publishTick(servers.natsUrl, task, child);
    const { seconds, items } = await endOf(database.pool, id, child);
    return { seconds, items, peakMb: peakMbOf(child), cpuSeconds: cpuSecondsOf(child) };
  } finally {
    if (child.exitCode === null && child.kill()) await once(child, "exit");
  }
}

/** As soon as the service has made its streams. */
async function publishTick(natsUrl: string, task: TaskName, child: ChildProcess): Promise<string> {
  const bus = await connectBus({ url: natsUrl, name: "bench", log: createLogger("bench", "fatal") });
  try {
    const at = new Date();
    const id = tickId(task, at);
    const headers = toHeaders({ id, source: "bench", type: "vigia.tick", time: at.toISOString() });
    for (const until = Date.now() + PATIENCE_MS; ; ) {
      const outcome = await bus.publish(tickSubject(task), tickFor(task, at, false), headers).catch(() => "no stream");
      if (outcome === "stored") return id;
      if (Date.now() > until || child.exitCode !== null)
        throw new Error(`the tick of ${task} was not taken: ${outcome}`);
      await pause();
    }
  } finally {
    await bus.close();
  }
}

async function endOf(pool: Pool, messageId: string, child: ChildProcess): Promise<{ seconds: number; items: number }> {
  for (;;) {
    const { rows } = await pool.query<{ status: string; seconds: number; items: number; error: unknown }>(
      `SELECT status, duration_ms / 1000.0::float8 AS seconds, items_processed::int AS items, error
         FROM vigia.executions WHERE message_id = $1 AND status <> 'running'`,
      [messageId],
    );
    const [end] = rows;
    if (end?.status === "completed") return end;
    if (end) throw new Error(`the run ended as ${end.status}: ${JSON.stringify(end.error)}`);
    if (child.exitCode !== null) throw new Error(`the service ended with ${child.exitCode}`);
    await pause();
  }
}

/** The most memory that a process has had in RAM; `undefined` where the system does not tell. */
export function peakMbOf({ pid }: Pick<ChildProcess, "pid">): number | undefined {
  const status = `/proc/${pid}/status`;
  if (!existsSync(status)) return undefined;
  const peak = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(status, "utf8"))?.[1];
  return peak === undefined ? undefined : Number(peak) / 1_024;
}

/** A tick of the kernel's clock, in which it counts what a process computes: the same on every Linux. */
const CLOCK_TICKS_A_SECOND = 100;
/** Of the fields behind the name, which may hold blanks. */
const USER_TICKS = 11;
const SYSTEM_TICKS = 12;

/** How long a process has computed so far, in seconds; `undefined` where the system does not tell. */
export function cpuSecondsOf({ pid }: Pick<ChildProcess, "pid">): number | undefined {
  const path = `/proc/${pid}/stat`;
  if (!existsSync(path)) return undefined;
  const text = readFileSync(path, "utf8");
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[USER_TICKS]) + Number(fields[SYSTEM_TICKS])) / CLOCK_TICKS_A_SECOND;
}

const pause = () => new Promise((resolve) => setTimeout(resolve, LOOK_MS));
