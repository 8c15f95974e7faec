import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { disputeChanged, orderChanged, toHeaders } from "@vigia/messages";
import { createDatabase, type TestDatabase } from "@vigia/testkit";
import { Client } from "pg";
import { type Database, openDatabase } from "./index.ts";

const ORDER = randomUUID();
const DISPUTE = randomUUID();
const SELLER = randomUUID();
const BUYER = randomUUID();
const ADDED = `INSERT INTO marketplace.orders (id, seller_id, buyer_id, seller_address, buyer_address, chain_id, token, amount,
                                               status, expires_at)
               VALUES ($1, $2, $3, '0x01', '0x02', 1, '0x00', 1, $4, now())`;
const OPENED = "INSERT INTO marketplace.disputes (id, order_id, opened_by, status) VALUES ($1, $2, $3, 'opened')";

let server: TestDatabase;
let backend: Client;
let ours: Database;

beforeEach(async () => {
  server = await createDatabase();
  backend = new Client({ connectionString: server.url });
  await backend.connect();
  ours = await openDatabase({ url: server.url, applicationName: "backend-events-test" });
});
afterEach(async () => {
  await backend.end();
  await ours.close();
  await server.drop();
});

const addOrder = (status = "created") => backend.query(ADDED, [ORDER, SELLER, BUYER, status]);
const move = (status: string, by: { query(text: string, values: unknown[]): Promise<unknown> } = backend) =>
  by.query("UPDATE marketplace.orders SET status = $2 WHERE id = $1", [ORDER, status]);

async function told() {
  const { rows } = await backend.query<{
    subject: string;
    source: string;
    aggregate: string;
    headers: object;
    payload: object;
  }>("SELECT subject, source, aggregate, headers, payload FROM vigia.outbox ORDER BY position");
  return rows;
}

const subjects = async () => (await told()).map(({ subject }) => subject);

it("tells of a new order and each of its moves what the services would tell", async () => {
  await addOrder();
  await move("payment_sent");
  await backend.query("UPDATE marketplace.orders SET amount = 2, status = 'payment_sent' WHERE id = $1", [ORDER]);
  const events = await told();
  expect(events).toHaveLength(2);
  for (const [index, { headers, payload, ...rest }] of events.entries()) {
    const data = orderChanged.schema.parse(payload);
    const { subject, aggregate, type } = orderChanged(data);
    expect(rest).toEqual({ subject, aggregate, source: "scheduler" });
    const id = (headers as Record<string, string>)["ce-id"] as string;
    expect(headers).toEqual(toHeaders({ id, source: "marketplace", type, time: data.at }));
    expect(data).toMatchObject({ orderId: ORDER, sellerId: SELLER, buyerId: BUYER, reason: "the marketplace says so" });
    expect([data.previousStatus, data.status]).toEqual(
      [
        [undefined, "created"],
        ["created", "payment_sent"],
      ][index],
    );
  }
});

it("tells of a dispute and its ruling, with the order's parties", async () => {
  await addOrder("disputed");
  await backend.query(OPENED, [DISPUTE, ORDER, BUYER]);
  await backend.query("UPDATE marketplace.disputes SET status = 'ruled', winner_id = $2 WHERE id = $1", [
    DISPUTE,
    BUYER,
  ]);
  const [, ...events] = await told();
  const data = events.map(({ payload }) => disputeChanged.schema.parse(payload));
  expect(events.map(({ subject }) => subject)).toEqual(data.map((dispute) => disputeChanged(dispute).subject));
  expect(data).toMatchObject([
    { disputeId: DISPUTE, orderId: ORDER, sellerId: SELLER, buyerId: BUYER, status: "opened", winnerId: null },
    { status: "ruled", winnerId: BUYER },
  ]);
});

it("tells nothing of what is undone", async () => {
  await backend.query("BEGIN");
  await addOrder();
  await backend.query("ROLLBACK");
  expect(await told()).toEqual([]);
});

it("leaves to the services what they tell themselves, and to others what they want to keep quiet", async () => {
  await addOrder();
  await move("deposit_pending", ours);
  await backend.query("BEGIN");
  await backend.query("SET LOCAL vigia.silent = 'on'");
  await move("escrowed");
  await backend.query("COMMIT");
  await move("payment_sent");
  expect(await subjects()).toEqual([`vigia.event.order.created.${ORDER}`, `vigia.event.order.payment_sent.${ORDER}`]);
});

it("stands in nobody's way with what is no event: a status of the marketplace's own, a dispute about nothing", async () => {
  await addOrder("a draft, *");
  await move("created");
  await backend.query(OPENED, [DISPUTE, randomUUID(), BUYER]);
  expect(await subjects()).toEqual([]);
  await move("cancelled");
  expect(await subjects()).toEqual([`vigia.event.order.cancelled.${ORDER}`]);
});

it("is called by an adopter's own trigger where orders and disputes are views", async () => {
  await backend.query(`
    CREATE SCHEMA shop;
    CREATE TABLE shop.trades (id uuid PRIMARY KEY, seller uuid NOT NULL, buyer uuid, phase text NOT NULL)`);
  const page = readFileSync(join(__dirname, "..", "..", "..", "docs", "notifications.md"), "utf8");
  const [, statements = ""] = /```sql\n(.*?)```/s.exec(page) ?? [];
  await backend.query(statements);
  await backend.query("INSERT INTO shop.trades VALUES ($1, $2, NULL, 'created')", [ORDER, SELLER]);
  await backend.query("UPDATE shop.trades SET buyer = $2, phase = 'payment_sent' WHERE id = $1", [ORDER, BUYER]);
  expect(await subjects()).toEqual([`vigia.event.order.payment_sent.${ORDER}`]);
});
