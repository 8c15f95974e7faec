import { type Database, openDatabase } from "@vigia/database";
import { createDatabase, type TestDatabase } from "@vigia/testkit";
import { look } from "../testing/look.ts";
import {
  CHAIN_ID,
  CONTRACT,
  createMarketplace,
  escrowIdOf,
  hoursAgo,
  type Marketplace,
} from "../testing/marketplace.ts";
import { addSoundTrades } from "../testing/sound-trades.ts";
import { CASES } from "../testing/violations/index.ts";
import { CHECKS, RUN_CHECKS } from "./index.ts";

let database: Database;
let server: TestDatabase;
let market: Marketplace;

beforeAll(async () => {
  server = await createDatabase();
  database = await openDatabase({ url: server.url, applicationName: "checks" });
  market = createMarketplace(database);
});
afterEach(() => market.clear());
afterAll(async () => {
  await database.close();
  await server.drop();
});

async function find(followingGraceSeconds = 600) {
  return (await look(database, followingGraceSeconds)).told;
}

it("finds nothing in a sound marketplace, whatever its trades have come to", async () => {
  await addSoundTrades(market);
  expect(await find(0)).toEqual([]);
});

it("has a case for every check that asks the tables, and one for none else", () => {
  expect([...new Set(CASES.map(({ code }) => code))]).toEqual(CHECKS.map(({ code }) => code));
});

describe.each(CASES.map((each) => ({ way: "", ...each })))("$code $way", ({ code, clean, violate }) => {
  it("passes its clean twin", async () => {
    await clean(market);
    expect(await find()).toEqual([]);
  });

  it("finds the violation once, on the right entity, and nothing else", async () => {
    const entityId = await violate(market);
    expect(await find()).toEqual([{ check: code, entityId }]);
  });
});

it("knows an escrow that is not linked yet by its trade key", async () => {
  const orderId = await market.trade("created", "funded", {}, { order_id: null });
  expect(await find()).toEqual([{ check: "ESCROW_FUNDED_ORDER_WAITING", entityId: escrowIdOf(orderId) }]);
});

it("tells of a chain that is not followed, and not of every order that seems to wait because of it", async () => {
  const orderId = await market.order("escrowed");
  await market.trade("payment_sent", "funded");
  await market.order("deposit_pending", { updated_at: hoursAgo(2) });
  const elsewhere = await market.order("escrowed", { chain_id: 1 });
  expect(await find()).toHaveLength(4);
  await market.sql.query("UPDATE vigia.chain_cursors SET lag_blocks = DEFAULT, head_number = block_number + 51");
  expect(await find()).toEqual([
    { check: "ORDER_ESCROW_MISSING", entityId: elsewhere },
    { check: "CHAIN_LAG", entityId: `${CHAIN_ID}:${CONTRACT}` },
  ]);
  await market.escrow(orderId, "locked", { contract: "0xother" });
  await market.sql.query("UPDATE marketplace.orders SET status = 'completed' WHERE id = $1", [orderId]);
  expect(await find()).toContainEqual({ check: "ORDER_COMPLETED_ESCROW_OPEN", entityId: orderId });
});

it("compares addresses whatever their case", async () => {
  await market.trade("escrowed", "locked", { buyer_address: `0x${"B1".repeat(20)}` });
  expect(await find()).toEqual([]);
});

it("inhibits without circles, and only checks that there are", () => {
  const all = [...CHECKS, ...RUN_CHECKS];
  const codes = all.map(({ code }) => code);
  expect(new Set(codes).size).toBe(codes.length);
  const effects = new Map(all.map(({ code, inhibits }) => [code, inhibits]));
  const reach = (code: string, path: readonly string[]): void => {
    expect(path).not.toContain(code);
    for (const next of effects.get(code) ?? []) {
      expect(codes).toContain(next);
      reach(next, [...path, code]);
    }
  };
  for (const code of codes) reach(code, []);
});
