import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { Random } from "@vigia/testkit";
import type { PlantedOrder } from "./history.ts";
import type { System } from "./system.ts";

const EVERY_MS = 3_000;
const AGAIN_MS = 500;
/** What is mended was wrong for so long: some a check has seen by then, and some none has. */
const MENDED_AFTER_MS = 12_000;

export interface Plants {
  readonly orders: readonly PlantedOrder[];
  /** Resolves when what was begun is done. */
  stop(): Promise<void>;
}

/** SQLSTATE classes of what no second try changes: data, constraints, the statement itself. */
const REFUSED = /^(22|23|42)/;

function orRefusal(error: unknown): undefined {
  if (error instanceof Error && "code" in error && REFUSED.test(String(error.code))) throw error;
}

/** Spoils orders, so that their seller is their buyer, and mends some of them later. */
export function startPlants({ database }: System, users: readonly string[], random: Random): Plants {
  const orders: { readonly id: string; readonly seller: string; readonly since: number; mended: boolean }[] = [];
  let stopped = false;

  /** Until Postgres says that it has it: whether something is wrong must be known. Throws where it never will. */
  async function write(sql: string, values: unknown[]) {
    while (!(await database.query(sql, values).catch(orRefusal))) await sleep(AGAIN_MS);
  }

  async function plant() {
    const id = randomUUID();
    const seller = random.pick(users);
    await write(
      `INSERT INTO marketplace.orders (id, seller_id, buyer_id, seller_address, buyer_address, chain_id, token, amount,
                                       status, deposit_tx, expires_at)
       VALUES ($1, $2, $2, '0x01', '0x02', 31337, '0x00', 1, 'created', '0xdeposit', now() + interval '1 day')
           ON CONFLICT DO NOTHING`,
      [id, seller],
    );
    orders.push({ id, seller, since: Date.now(), mended: false });
  }

  async function mend() {
    const ripe = orders.find(({ since, mended }) => !mended && since < Date.now() - MENDED_AFTER_MS);
    if (!ripe || random.chance(0.3)) return;
    const buyer = random.pick(users.filter((user) => user !== ripe.seller));
    await write(`UPDATE marketplace.orders SET buyer_id = $2 WHERE id = $1`, [ripe.id, buyer]);
    ripe.mended = true;
  }

  async function loop() {
    while (!stopped) {
      await plant();
      await mend();
      await sleep(EVERY_MS);
    }
  }
  const ended = loop();
  return {
    orders,
    async stop() {
      stopped = true;
      await ended;
    },
  };
}
