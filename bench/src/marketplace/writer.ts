import type { Pool } from "pg";
import { percentile } from "../percentile.ts";
import { uuidOf } from "./population.ts";

/** An order that is under way, as its backend touches it: one row changed and one more in the history, in one commit. */
const TOUCH = `
  WITH touched AS (
    UPDATE marketplace.orders SET updated_at = now() WHERE id = ${uuidOf("'order' || $1::int")} RETURNING id, status
  )
  INSERT INTO marketplace.order_history (order_id, from_status, to_status, actor)
  SELECT id, NULL, status, 'marketplace' FROM touched`;

/** Works on the marketplace while `work` does, and tells what `work` came to and how long a commit took. */
export async function besideAWriter<T>(pool: Pool, orders: number, work: () => Promise<T>): Promise<[T, number]> {
  const latenciesMs: number[] = [];
  let working = true;
  const writing = (async () => {
    for (let turn = 0; working; turn += 1) {
      const startedAt = performance.now();
      // Those that end in 1 are under way; every so many of them, so that each is touched seldom.
      await pool.query(TOUCH, [((turn * 7_919) % Math.max(1, Math.floor(orders / 10))) * 10 + 1]);
      latenciesMs.push(performance.now() - startedAt);
    }
  })();
  const result = await work().finally(() => {
    working = false;
  });
  await writing;
  return [result, percentile(latenciesMs, 0.99)];
}

export async function aloneP99Ms(pool: Pool, orders: number, seconds: number): Promise<number> {
  const [, p99] = await besideAWriter(
    pool,
    orders,
    () => new Promise((resolve) => setTimeout(resolve, seconds * 1_000)),
  );
  return p99;
}
