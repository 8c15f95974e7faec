import { openDatabase } from "@vigia/database";
import { tickFor, tickId, tickSubject, toHeaders } from "@vigia/messages";
import { connectBus, createLogger, defineTask, startService } from "@vigia/runtime";
import { Pool } from "pg";
import type { Benchmark, Contender, Scene } from "../contender.ts";
import { turnsPerSecond } from "../loops.ts";

const TASK = "cleanup.expire-orders";
const DEFAULT_SECONDS = 3;
const CASE = "effect and checkpoint";
const EFFECT = "INSERT INTO bench_effects (note) VALUES ($1)";

/** Steps of one run, one after the other, each with one small effect and its checkpoint. */
export const steps: Benchmark = {
  unit: "transactions/s",
  samples: "rounds",
  rounds: 5,
  async prepare(scene) {
    const pool = new Pool({ connectionString: scene.servers.postgresUrl, max: 1 });
    scene.onClose(() => pool.end());
    await pool.query("CREATE TABLE bench_effects (position bigserial PRIMARY KEY, note text)");
    const seconds = scene.options.seconds ?? DEFAULT_SECONDS;
    return [await stepping(scene, seconds), bare(pool, seconds)];
  },
};

async function stepping({ servers, onClose }: Scene, seconds: number): Promise<Contender> {
  let done: (rate: number) => void = () => {};
  const task = defineTask(TASK, async ({ step }) => {
    const rate = await turnsPerSecond(1, seconds, () =>
      step(async (tx) => {
        await tx.query(EFFECT, ["done"]);
        await tx.checkpoint({ upTo: 1 });
      }),
    );
    done(rate);
    return undefined;
  });
  const service = await startService("cleanup", { tasks: [task] }, servers.environment);
  onClose(() => service.stop());
  const bus = await connectBus({ url: servers.natsUrl, name: "bench-steps", log: createLogger("bench", "error") });
  onClose(() => bus.close());
  return {
    name: "step",
    role: "ours",
    async measure() {
      const rate = new Promise<number>((resolve) => {
        done = resolve;
      });
      const at = new Date();
      const envelope = { id: tickId(TASK, at), source: "bench", type: "vigia.tick", time: at.toISOString() };
      const outcome = await bus.publish(tickSubject(TASK), tickFor(TASK, at, false), toHeaders(envelope));
      if (outcome !== "stored") throw new Error(`the tick was ${outcome}`);
      const samples = { [CASE]: [await rate] };
      await untilTicksAreGone(servers.postgresUrl);
      return samples;
    },
  };
}

/** The run's end and the tick's acknowledgement must not fall into somebody else's round. */
async function untilTicksAreGone(url: string): Promise<void> {
  const database = await openDatabase({ url, applicationName: "bench-steps" });
  try {
    for (;;) {
      const { rowCount } = await database.query("SELECT 1 FROM vigia.executions WHERE status = 'running'");
      if (rowCount === 0) break;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  } finally {
    await database.close();
  }
  await new Promise((resolve) => setTimeout(resolve, 100));
}

/** The statements that a step makes, by the driver alone. */
function bare(pool: Pool, seconds: number): Contender {
  return {
    name: "bare transaction with the same statements",
    role: "limit",
    async measure() {
      const client = await pool.connect();
      try {
        await client.query("INSERT INTO vigia.job_fences (job, fence) VALUES ('bench', 1) ON CONFLICT DO NOTHING");
        const rate = await turnsPerSecond(1, seconds, async () => {
          await client.query("START TRANSACTION");
          await client.query("SELECT fence FROM vigia.job_fences WHERE job = $1 FOR SHARE", ["bench"]);
          await client.query(EFFECT, ["done"]);
          await client.query(
            `INSERT INTO vigia.checkpoints (task, message_id, value) VALUES ($1, $2, $3::jsonb)
                 ON CONFLICT (task, message_id) DO UPDATE SET value = $3::jsonb, updated_at = now()`,
            ["bench", "bench", JSON.stringify({ upTo: 1 })],
          );
          await client.query("COMMIT");
        });
        return { [CASE]: [rate] };
      } finally {
        client.release();
      }
    },
  };
}
