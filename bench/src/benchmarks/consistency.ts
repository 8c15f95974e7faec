import { ALL, CHECKS, type Sql, textOf } from "@vigia/consistency/checks";
import { Pool } from "pg";
import type { Benchmark, Contender, Samples } from "../contender.ts";
import { populate } from "../marketplace/population.ts";
import { aloneP99Ms, besideAWriter } from "../marketplace/writer.ts";
import { runOnce } from "../service-process.ts";

const DEFAULT_ORDERS = 100_000;
const ALONE_SECONDS = 5;
const TASKS = { "every check, s": "consistency.check", "deep check, s": "consistency.deep-check" } as const;

/** All checks over a sound marketplace, while it works. */
export const consistency: Benchmark = {
  unit: "seconds, milliseconds or MB, as the case says; less is better",
  samples: "rounds",
  rounds: 3,
  async prepare({ servers, options, onClose }) {
    const orders = options.orders ?? DEFAULT_ORDERS;
    const pool = new Pool({ connectionString: servers.postgresUrl, max: 3 });
    onClose(() => pool.end());
    await populate(pool, { orders, due: false, recorded: true }, (line) => process.stderr.write(`${line}\n`));
    const database = { url: servers.postgresUrl, pool };
    return [
      {
        name: "the consistency service",
        role: "ours",
        measure: () =>
          beside(pool, orders, async (task) => {
            const { seconds, peakMb } = await runOnce(servers, database, task);
            const { rows } = await pool.query("SELECT check_code, evidence FROM vigia.issues LIMIT 3");
            if (rows.length > 0) throw new Error(`found in a sound marketplace: ${JSON.stringify(rows)}`);
            return { seconds, ...(peakMb === undefined ? {} : { peakMb }) };
          }),
      },
      {
        name: "the checks' plain queries, one after the other",
        role: "limit",
        measure: () => beside(pool, orders, async (task) => ({ seconds: await ask(pool, task) })),
      },
    ] satisfies Contender[];
  },
};

type Task = (typeof TASKS)[keyof typeof TASKS];

async function beside(
  pool: Pool,
  orders: number,
  check: (task: Task) => Promise<{ seconds: number; peakMb?: number }>,
): Promise<Samples> {
  const samples: Record<string, number[]> = {
    "a writer's p99 alone, ms": [await aloneP99Ms(pool, orders, ALONE_SECONDS)],
  };
  for (const [name, task] of Object.entries(TASKS)) {
    const [{ seconds, peakMb }, p99] = await besideAWriter(pool, orders, () => check(task));
    samples[name] = [seconds];
    samples[`a writer's p99 during ${task}, ms`] = [p99];
    if (peakMb !== undefined) samples[`most memory in ${task}, MB`] = [peakMb];
  }
  return samples;
}

/** In one snapshot, as the service has it. */
async function ask(pool: Pool, task: Task): Promise<number> {
  const client = await pool.connect();
  const startedAt = performance.now();
  try {
    await client.query("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
    const now = new Date();
    for (const check of CHECKS.filter(({ deep }) => task === "consistency.deep-check" || !deep)) {
      const graceSeconds = check.graceSeconds === "following" ? 0 : check.graceSeconds;
      const query: Sql = check.query({
        now,
        settled: new Date(now.getTime() - graceSeconds * 1_000),
        among: ALL,
      });
      await client.query(textOf(query), [...query.values]);
    }
    await client.query("COMMIT");
    return (performance.now() - startedAt) / 1_000;
  } finally {
    client.release();
  }
}
