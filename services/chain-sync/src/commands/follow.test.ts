import { randomUUID } from "node:crypto";
import { type Database, openDatabase } from "@vigia/database";
import type { OrderStatus } from "@vigia/messages";
import { createDatabase, eventually, type TestDatabase } from "@vigia/testkit";
import { follow } from "./follow.ts";

const CHAIN_ID = 1;
const CONTRACT = `0x${"c0".repeat(20)}`;

let server: TestDatabase;
let database: Database;

beforeAll(async () => {
  server = await createDatabase();
  database = await openDatabase({ url: server.url, applicationName: "follow-test" });
});
afterEach(() =>
  database.query(
    `TRUNCATE marketplace.orders, marketplace.order_history, vigia.escrows, vigia.chain_cursors, vigia.outbox`,
  ),
);
afterAll(async () => {
  await database.close();
  await server.drop();
});

/** An escrow as the chain left it at block 5, whose order is behind; no block up to `final` may be undone. */
async function behind(order: OrderStatus, escrow: string, final = 5): Promise<string> {
  const id = randomUUID();
  await database.query(
    `INSERT INTO marketplace.orders (id, seller_id, buyer_id, seller_address, buyer_address, chain_id, token, amount,
                                     trade_key, status, expires_at)
     VALUES ($1::uuid, gen_random_uuid(), gen_random_uuid(), '0x01', '0x02', $2, '0x03', 1, $1::text, $3, now())`,
    [id, CHAIN_ID, order],
  );
  await database.query(
    `INSERT INTO vigia.escrows (chain_id, contract, escrow_id, order_id, status, seller_address, buyer_address, token,
                                amount, balance, created_block, updated_block, updated_log, status_source, status_since)
     VALUES ($1, $2, $3::text, $3::uuid, $4, '0x01', '0x02', '0x03', 1, 0, 4, 5, 0, 'event', now())`,
    [CHAIN_ID, CONTRACT, id, escrow],
  );
  await database.query(
    `INSERT INTO vigia.chain_cursors (chain_id, contract, block_number, head_number, finalized_block)
     VALUES ($1, $2, 9, 9, $3) ON CONFLICT DO NOTHING`,
    [CHAIN_ID, CONTRACT, final],
  );
  return id;
}

function carryOut(escrowId: string, data: object = {}) {
  return database.transaction({ source: "chain-sync" }, (tx) =>
    follow().carryOut({
      data: { chainId: CHAIN_ID, contract: CONTRACT.toUpperCase().replace("X", "x"), escrowId, ...data },
      tx,
    } as never),
  );
}

async function statusOf(id: string): Promise<unknown> {
  return (await database.query(`SELECT status FROM marketplace.orders WHERE id = $1`, [id])).rows[0]?.status;
}

it("moves the order on step by step as following the chain does: history, events, once", async () => {
  const id = await behind("created", "released");
  expect(await carryOut(id)).toEqual({ moved: 2, orderId: id, from: "created", to: "completed" });
  expect(await carryOut(id)).toMatchObject({ moved: 0, because: expect.stringContaining("moved already") });
  const history = await database.query(
    `SELECT from_status AS "from", to_status AS "to", actor, reason FROM marketplace.order_history ORDER BY id`,
  );
  const by = { actor: "vigia", reason: "its escrow says so" };
  expect(history.rows).toEqual([
    { from: "created", to: "escrowed", ...by },
    { from: "escrowed", to: "completed", ...by },
  ]);
  const told = await database.query(`SELECT payload->>'status' AS status FROM vigia.outbox ORDER BY position`);
  expect(told.rows).toEqual([{ status: "escrowed" }, { status: "completed" }]);
});

it("leaves an order whose escrow's state a fork may still undo", async () => {
  const id = await behind("payment_sent", "released", 4);
  expect(await carryOut(id)).toMatchObject({ moved: 0, because: expect.stringContaining("not final") });
  await database.query("DELETE FROM vigia.chain_cursors");
  expect(await carryOut(id)).toMatchObject({ moved: 0, because: expect.stringContaining("not final") });
  expect(await statusOf(id)).toBe("payment_sent");
});

it.each([
  ["cancelled", "released"],
  ["completed", "refunded"],
  ["disputed", "funded"],
  ["escrowed", "disputed"],
] as const)("does not move a %s order for an escrow that is %s: never backward, never as the states forbid", async (order, escrow) => {
  const id = await behind(order, escrow);
  expect(await carryOut(id)).toMatchObject({ moved: 0 });
  expect(await statusOf(id)).toBe(order);
});

/** What comes of the command where another has changed a row, and commits when the command waits for that row's lock. */
async function afterWaitingFor(table: string, change: string, id: string): Promise<unknown> {
  let outcome: Promise<unknown> | undefined;
  await database.transaction({ source: "marketplace" }, async (tx) => {
    await tx.query(change, [id]);
    outcome = carryOut(id);
    await eventually(async () => {
      const { rowCount } = await database.query(
        `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE $1`,
        [`%${table}%`],
      );
      return rowCount > 0;
    });
  });
  return outcome;
}

it("looks again once the marketplace has let the order go", async () => {
  const id = await behind("payment_sent", "released");
  const cancel = "UPDATE marketplace.orders SET status = 'cancelled' WHERE id = $1";
  expect(await afterWaitingFor("marketplace.orders", cancel, id)).toMatchObject({ moved: 0 });
  expect(await statusOf(id)).toBe("cancelled");
});

it("looks again once a fork that was being undone has let the escrow go", async () => {
  const id = await behind("payment_sent", "released");
  const undo = "UPDATE vigia.escrows SET status = 'locked', updated_block = 7 WHERE escrow_id = $1";
  const because = expect.stringContaining("not final");
  expect(await afterWaitingFor("vigia.escrows", undo, id)).toMatchObject({ moved: 0, because });
  expect(await statusOf(id)).toBe("payment_sent");
});

it("says so where there is no such escrow, or it has no order", async () => {
  expect(await carryOut("7")).toMatchObject({ moved: 0, because: expect.stringContaining("no such escrow") });
  const id = await behind("created", "funded");
  await database.query("UPDATE vigia.escrows SET order_id = NULL");
  expect(await carryOut(id)).toMatchObject({ moved: 0, because: expect.stringContaining("no order") });
});
