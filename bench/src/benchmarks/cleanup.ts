import { Pool } from "pg";
import type { Benchmark, Contender, Samples, Scene } from "../contender.ts";
import { populate } from "../marketplace/population.ts";
import { aloneP99Ms, besideAWriter } from "../marketplace/writer.ts";
import { type Run, runOnce } from "../service-process.ts";

const DEFAULT_ORDERS = 100_000;
const ALONE_SECONDS = 5;
const FULL = "bench_full";
/** As the service does: no trigger tells what the statement tells by itself. */
const TELLS_ITSELF = "-c vigia.silent=on";

/** What the clean-up does with its batches, in one statement: orders, history and events, and nothing less. */
const PLAIN = `
  WITH known AS MATERIALIZED (
    SELECT c.chain_id, min(b.mined_at) AS until
      FROM vigia.chain_cursors AS c
      LEFT JOIN vigia.chain_blocks AS b
             ON b.chain_id = c.chain_id AND b.contract = c.contract AND b.number = c.block_number
     GROUP BY c.chain_id HAVING count(b.mined_at) = count(*)
  ), old AS (
    SELECT id, status FROM marketplace.orders AS due
     WHERE status = 'created' AND expires_at <= now() AND deposit_tx IS NULL
       AND expires_at <= (SELECT until FROM known WHERE known.chain_id = due.chain_id)
       AND NOT EXISTS (SELECT 1 FROM vigia.downtimes WHERE ended_at > expires_at AND started_at <= expires_at)
       AND NOT EXISTS (SELECT 1 FROM vigia.escrows AS e WHERE e.order_id = due.id)
       AND NOT EXISTS (SELECT 1 FROM vigia.escrows AS e WHERE e.escrow_id = due.trade_key)
     FOR UPDATE SKIP LOCKED
  ), changed AS (
    UPDATE marketplace.orders AS o SET status = 'expired', updated_at = now(), ended_at = now()
      FROM old WHERE o.id = old.id
    RETURNING o.id, old.status AS before, o.seller_id, o.buyer_id
  ), history AS (
    INSERT INTO marketplace.order_history (order_id, from_status, to_status, actor, reason)
    SELECT id, before, 'expired', 'vigia', 'its time passed without a deposit' FROM changed
  )
  INSERT INTO vigia.outbox (id, subject, source, aggregate, headers, payload)
  SELECT gen_random_uuid()::text, 'vigia.event.order.expired.' || id, 'cleanup', 'order:' || id,
         jsonb_build_object('Nats-Msg-Id', id, 'ce-id', id, 'ce-source', 'cleanup', 'ce-type', 'vigia.order.changed',
                            'ce-time', now(), 'ce-specversion', '1.0', 'ce-subject', id, 'ce-correlationid', id,
                            'ce-causationid', id),
         jsonb_build_object('orderId', id, 'status', 'expired', 'previousStatus', before, 'sellerId', seller_id,
                            'buyerId', buyer_id, 'reason', 'its time passed without a deposit', 'at', now())
    FROM changed`;

/** Ending the tenth of the orders whose time has passed, while the marketplace works. */
export const cleanup: Benchmark = {
  unit: "seconds, milliseconds or MB, as the case says; less is better",
  samples: "rounds",
  rounds: 3,
  async prepare(scene) {
    const orders = scene.options.orders ?? DEFAULT_ORDERS;
    const admin = new Pool({ connectionString: scene.servers.postgresUrl, max: 1 });
    scene.onClose(() => admin.end());
    await admin.query(`CREATE DATABASE ${FULL} TEMPLATE ${new URL(scene.servers.postgresUrl).pathname.slice(1)}`);
    const full = new Pool({ connectionString: urlOf(scene, FULL), max: 1, options: TELLS_ITSELF });
    await populate(full, { orders, due: true, recorded: false }, (line) => process.stderr.write(`${line}\n`));
    await full.end();
    const ours = inCopies(scene, admin, orders, async (url, pool) => {
      return runOnce(scene.servers, { url, pool }, "cleanup.expire-orders");
    });
    const plain = inCopies(scene, admin, orders, async (_, pool) => {
      const startedAt = performance.now();
      const { rowCount } = await pool.query(PLAIN);
      return { seconds: (performance.now() - startedAt) / 1_000, items: rowCount ?? 0 };
    });
    return [
      { name: "cleanup.expire-orders, in batches", role: "ours", measure: ours },
      { name: "one statement that does the same", role: "limit", measure: plain },
    ] satisfies Contender[];
  },
};

type Expiry = (url: string, pool: Pool) => Promise<Pick<Run, "seconds" | "items"> & Partial<Run>>;

/** Each time on a fresh copy of the full database. */
function inCopies(scene: Scene, admin: Pool, orders: number, expire: Expiry): () => Promise<Samples> {
  let copies = 0;
  return async () => {
    copies += 1;
    const name = `bench_copy_${copies}`;
    await admin.query(`CREATE DATABASE ${name} TEMPLATE ${FULL} STRATEGY FILE_COPY`);
    const url = urlOf(scene, name);
    const pool = new Pool({ connectionString: url, max: 3, options: TELLS_ITSELF });
    try {
      const alone = await aloneP99Ms(pool, orders, ALONE_SECONDS);
      const [{ seconds, items, peakMb, cpuSeconds }, p99] = await besideAWriter(pool, orders, () => expire(url, pool));
      if (items !== Math.floor(orders / 10)) throw new Error(`${items} of ${orders / 10} orders were ended`);
      return {
        [`${items} of ${orders} orders ended, s`]: [seconds],
        "a writer's p99 meanwhile, ms": [p99],
        "a writer's p99 alone, ms": [alone],
        ...(peakMb === undefined ? {} : { "most memory, MB": [peakMb] }),
        ...(cpuSeconds === undefined ? {} : { "computed by the service, relaying included, s": [cpuSeconds] }),
      };
    } finally {
      await pool.end();
      await admin.query(`DROP DATABASE ${name} WITH (FORCE)`);
    }
  };
}

function urlOf(scene: Scene, database: string): string {
  const url = new URL(scene.servers.postgresUrl);
  url.pathname = `/${database}`;
  return url.href;
}
