import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import type { TaskName } from "@vigia/messages";
import { tickFor, tickId, tickSubject, toHeaders } from "@vigia/messages";
import { type Bus, connectBus, createLogger } from "@vigia/runtime";
import { freePort } from "@vigia/servers";
import { Client } from "pg";
import { cpuSecondsOf, peakMbOf } from "../service-process.ts";
import type { SyncScene } from "./scene.ts";

const PROGRAM = join(__dirname, "../../../services/chain-sync/dist/main.js");
const POLL_MS = 25;
const RUN_LIMIT_MS = 20 * 60 * 1_000;

/** The service as it is deployed: a process of its own, told by ticks. */
export interface RunningSync {
  /** Runs a task by its tick; returns how long it took by its own record, in milliseconds. */
  run(task: TaskName): Promise<number>;
  /** `undefined` where the system does not tell. */
  peakMb(): number | undefined;
  /** So far; `undefined` where the system does not tell. */
  cpuSeconds(): number | undefined;
  stop(): Promise<void>;
}

export async function startSync(
  scene: Pick<SyncScene, "chainId" | "contract" | "startBlock">,
  environment: Readonly<Record<string, string>>,
  rpcUrl: string,
): Promise<RunningSync> {
  const port = await freePort();
  const child = spawn(process.execPath, [PROGRAM], {
    env: {
      ...process.env,
      ...environment,
      HTTP_PORT: String(port),
      CHAIN_ID: String(scene.chainId),
      CHAIN_RPC_URL: rpcUrl,
      ESCROW_ADDRESS: scene.contract,
      ESCROW_START_BLOCK: String(scene.startBlock),
    },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const said: string[] = [];
  createInterface({ input: child.stdout }).on("line", (line) => said.push(line));
  const database = new Client({ connectionString: environment.DATABASE_URL });
  let bus: Bus | undefined;
  const stop = async () => {
    await end(child);
    await Promise.all([database.end(), bus?.close()]);
  };
  try {
    await untilReady(port, child, said);
    await database.connect();
    bus = await connectBus({
      url: environment.NATS_URL ?? "",
      name: "bench-sync",
      log: createLogger("bench", "error"),
    });
    const connected = bus;
    return {
      run: async (task) => {
        const messageId = await publishTick(connected, task);
        return durationOf(database, messageId, child, said);
      },
      peakMb: () => peakMbOf(child),
      cpuSeconds: () => cpuSecondsOf(child),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function publishTick(bus: Bus, task: TaskName): Promise<string> {
  const at = new Date();
  const id = tickId(task, at);
  const envelope = { id, source: "bench", type: "vigia.tick", time: at.toISOString() };
  for (;;) {
    // The tick before may not have left its stream yet.
    if ((await bus.publish(tickSubject(task), tickFor(task, at, false), toHeaders(envelope))) === "stored") return id;
    await sleep(POLL_MS);
  }
}

async function durationOf(database: Client, messageId: string, child: ChildProcess, said: string[]): Promise<number> {
  const until = Date.now() + RUN_LIMIT_MS;
  while (Date.now() < until && child.exitCode === null) {
    const { rows } = await database.query<{ status: string; ms: number; error: unknown }>(
      `SELECT status, (extract(epoch FROM ended_at - started_at) * 1000)::float8 AS ms, error
         FROM vigia.executions WHERE message_id = $1 AND status <> 'running' ORDER BY id DESC LIMIT 1`,
      [messageId],
    );
    const [ended] = rows;
    if (ended?.status === "completed") return ended.ms;
    if (ended) throw new Error(`the run ${ended.status}: ${JSON.stringify(ended.error)}`);
    await sleep(POLL_MS);
  }
  throw new Error(`the run did not end:\n${said.slice(-20).join("\n")}`);
}

async function untilReady(port: number, child: ChildProcess, said: string[]): Promise<void> {
  while (child.exitCode === null) {
    const ready = await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => undefined);
    if (ready?.ok) return;
    await sleep(POLL_MS);
  }
  throw new Error(`chain-sync ended at its start:\n${said.slice(-20).join("\n")}`);
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, "exit");
  child.kill("SIGTERM");
  await exited;
}
