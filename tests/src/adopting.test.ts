import { readFileSync } from "node:fs";
import { join } from "node:path";
import { databaseAccess } from "@vigia/access";
import { lookOnly } from "@vigia/consistency/dry-run";
import { type Database, openDatabase } from "@vigia/database";
import { createDatabase, type TestDatabase } from "@vigia/testkit";
import { Client } from "pg";

const PAGE = join(__dirname, "..", "..", "docs", "adopting.md");
const [SHOP = "", ...BRIDGE] = [...readFileSync(PAGE, "utf8").matchAll(/^```sql\n([\s\S]*?)^```$/gm)].map(
  ([, text = ""]) => text,
);

let home: TestDatabase;
let client: Client;
let database: Database;

beforeAll(async () => {
  home = await createDatabase();
  client = new Client({ connectionString: home.url });
  await client.connect();
  await client.query(SHOP);
  await client.query(TRADES);
  for (const statements of BRIDGE) await client.query(statements);
  database = await openDatabase({ url: home.url, applicationName: "test", poolSize: 1 });
});

afterAll(async () => {
  await database.close();
  await client.end();
  await home.drop();
});

/** One whose time has passed, one whose time has not, one that is paid, and one that says it is secured and has no escrow. */
const TRADES = `
INSERT INTO shop.accounts (id, nick, wallet, locale) VALUES (1, 'Ana', '0xAA', 'es'), (2, 'Bea', '0xBB', NULL);
INSERT INTO shop.trades (id, seller, buyer, chain, token, amount, state, valid_until, closed, created, changed)
VALUES (10, 1, 2, 1, '0xT', 5, 'NEW', now() - interval '3 hours', NULL, now() - interval '4 hours', now() - interval '4 hours'),
       (11, 1, 2, 1, '0xT', 5, 'NEW', now() + interval '1 hour', NULL, now() - interval '4 hours', now() - interval '4 hours'),
       (12, 1, 2, 1, '0xT', 5, 'CANCELLED', now(), now(), now() - interval '4 hours', now() - interval '4 hours'),
       (13, 1, 2, 1, '0xT', 5, 'SECURED', now() + interval '1 hour', NULL, now() - interval '4 hours', now() - interval '4 hours');
INSERT INTO shop.trade_log (trade, old_state, new_state, who)
VALUES (10, NULL, 'NEW', 'ana'), (11, NULL, 'NEW', 'ana'), (12, NULL, 'NEW', 'ana'), (12, 'NEW', 'CANCELLED', 'ana'),
       (13, NULL, 'NEW', 'ana'), (13, 'NEW', 'DEPOSITING', 'bea'), (13, 'DEPOSITING', 'SECURED', 'vigia');
INSERT INTO vigia.chain_cursors (chain_id, contract, block_number, head_number) VALUES (1, '0xc0', 7, 7);
INSERT INTO vigia.chain_blocks VALUES (1, '0xc0', 7, '0x07', '0x06', now());
`;

const orderOf = (trade: number) => `00000000-0000-0000-0000-${trade.toString(16).padStart(12, "0")}`;

async function found() {
  const signal = new AbortController().signal;
  const log = { error: ({ check, err }: { check: string; err: Error }) => fail(`${check}: ${err.message}`) } as never;
  const options = { deep: true, followingGraceSeconds: 0, heals: [], configured: {}, signal, log };
  const { found, incomplete } = await lookOnly(database, options);
  expect(incomplete).toEqual([]);
  const about = ["order", "dispute", "escrow"];
  return found.flatMap(({ check, entityType, entityId }) =>
    about.includes(entityType) ? [`${check} ${entityId}`] : [],
  );
}

function fail(problem: string): never {
  throw new Error(problem);
}

test("the checks find what is wrong with the shop's trades, and nothing else", async () => {
  expect((await found()).sort()).toEqual([
    `ORDER_ESCROW_MISSING ${orderOf(13)}`,
    `ORDER_EXPIRED_NOT_CANCELLED ${orderOf(10)}`,
  ]);
});

test("expiry ends the shop's own trade, with its log, as the role that does it", async () => {
  // The roles are the server's, which other tests have too: their passwords stay.
  await client.query(databaseAccess({ postgres: {} }).replace(/^ALTER ROLE .*$/gm, ""));
  await database.query(`SET ROLE "vigia-cleanup"`);
  const { orders } = await database.transaction({ source: "cleanup" }, (tx) => tx.orders.expireDue(new Date(), 100));
  await database.query("RESET ROLE");
  expect(orders).toEqual([
    {
      ...{ orderId: orderOf(10), status: "expired", previousStatus: "created" },
      ...{ sellerId: orderOf(1), buyerId: orderOf(2) },
    },
  ]);
  const { rows: trades } = await client.query(
    "SELECT id::int, state, closed IS NOT NULL AS closed FROM shop.trades ORDER BY id",
  );
  expect(trades).toEqual([
    { id: 10, state: "EXPIRED", closed: true },
    { id: 11, state: "NEW", closed: false },
    { id: 12, state: "CANCELLED", closed: true },
    { id: 13, state: "SECURED", closed: false },
  ]);
  const { rows: log } = await client.query(
    "SELECT old_state, new_state, who FROM shop.trade_log WHERE trade = 10 ORDER BY id DESC LIMIT 1",
  );
  expect(log).toEqual([{ old_state: "NEW", new_state: "EXPIRED", who: "vigia" }]);
  expect(await found()).toEqual([`ORDER_ESCROW_MISSING ${orderOf(13)}`]);
});

test("what is due is found through the shop's index", async () => {
  await client.query("SET enable_seqscan = off");
  const { rows } = await client.query(
    "EXPLAIN SELECT id FROM marketplace.orders WHERE status = 'created' AND expires_at <= now() ORDER BY expires_at LIMIT 10",
  );
  const plan = rows.map((row) => row["QUERY PLAN"]).join("\n");
  expect(plan).toContain("trades_vigia_due");
  const { rows: one } = await client.query("EXPLAIN SELECT status FROM marketplace.orders WHERE id = $1", [
    orderOf(10),
  ]);
  expect(one.map((row) => row["QUERY PLAN"]).join("\n")).toContain("trades_vigia_id");
});
