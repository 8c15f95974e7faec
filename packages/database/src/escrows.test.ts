import { createDatabase, type TestDatabase } from "@vigia/testkit";
import { type Database, openDatabase } from "./database.ts";
import { type EscrowFacts, escrows } from "./escrows.ts";
import { orders } from "./orders.ts";

const FIRST = `0x${"a1".repeat(20)}`;
const SECOND = `0x${"b2".repeat(20)}`;

describe("an order", () => {
  let database: TestDatabase;
  let sql: Database;

  beforeEach(async () => {
    database = await createDatabase();
    sql = await openDatabase({ url: database.url, applicationName: "escrows-test" });
  });
  afterEach(async () => {
    await sql.close();
    await database.drop();
  });

  async function order(chainId: number, contract?: string): Promise<string> {
    await sql.query(`ALTER TABLE marketplace.orders ADD COLUMN IF NOT EXISTS escrow_contract text`);
    const { rows } = await sql.query<{ id: string }>(
      `INSERT INTO marketplace.orders (id, seller_id, buyer_id, seller_address, buyer_address, chain_id, token, amount,
                                       trade_key, status, expires_at, escrow_contract)
       VALUES (gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), '0x01', '0x02', $1, '0x00', 1, '7', 'created',
               now(), $2) RETURNING id`,
      [chainId, contract],
    );
    return rows[0]?.id ?? "";
  }

  async function escrow(chainId: number, contract: string, facts: Partial<EscrowFacts>): Promise<void> {
    const of = { chainId, contract };
    const parties = { sellerAddress: "0x01", buyerAddress: "0x02", token: "0x00", amount: "1", balance: "1" };
    const place = {
      createdBlock: 1,
      updatedBlock: 1,
      updatedLog: 0,
      statusSource: "event",
      statusSince: new Date(),
    } as const;
    await escrows(sql as never).save(of, [{ escrowId: "7", status: "funded", ...parties, ...place, ...facts }]);
    await escrows(sql as never).linkOrders(of, ["7"]);
    await orders(sql as never).followEscrows([{ ...of, escrowId: "7" }]);
  }

  async function statusOf(id: string): Promise<string | undefined> {
    const { rows } = await sql.query<{ status: string }>(`SELECT status FROM marketplace.orders WHERE id = $1`, [id]);
    return rows[0]?.status;
  }

  it("follows no escrow of its key on another chain, nor on another contract than it names", async () => {
    const id = await order(1, SECOND.toUpperCase().replace("0X", "0x"));
    await escrow(2, SECOND, { status: "released" });
    await escrow(1, FIRST, { status: "released" });
    expect(await statusOf(id)).toBe("created");
    await escrow(1, SECOND, { status: "funded" });
    expect(await statusOf(id)).toBe("escrowed");
  });

  it("is found by its contract where another order has the same key on another one", async () => {
    const [one, other] = [await order(1, FIRST), await order(1, SECOND)];
    await escrow(1, SECOND, { status: "funded" });
    expect([await statusOf(one), await statusOf(other)]).toEqual(["created", "escrowed"]);
  });

  it("that names no contract follows the first of its escrows alone", async () => {
    const id = await order(1);
    await escrow(1, SECOND, { createdBlock: 5, updatedBlock: 5 });
    await escrow(1, FIRST, { createdBlock: 6, updatedBlock: 9, status: "released" });
    expect(await statusOf(id)).toBe("escrowed");
    await escrow(1, SECOND, { createdBlock: 5, updatedBlock: 7, status: "refunded" });
    expect(await statusOf(id)).toBe("refunded");
  });

  it("is found where the marketplace's table has no column for the contract", async () => {
    const id = await order(1);
    await sql.query(`ALTER TABLE marketplace.orders DROP COLUMN escrow_contract`);
    await escrow(1, FIRST, {});
    expect(await statusOf(id)).toBe("escrowed");
  });
});
