import { randomUUID } from "node:crypto";
import { createDatabase, eventually, readChainUntil, type TestDatabase } from "@vigia/testkit";
import { type Database, openDatabase } from "./database.ts";
import type { Transaction } from "./transaction.ts";

const CHAIN_ID = 1;
const CONTRACT = `0x${"c0".repeat(20)}`;

let home: TestDatabase;
let database: Database;

beforeAll(async () => {
  home = await createDatabase();
  database = await openDatabase({ url: home.url, applicationName: "expiry-races" });
  await readChainUntil(database, new Date(), CHAIN_ID);
});
afterEach(() =>
  database.query("TRUNCATE marketplace.orders, marketplace.order_history, vigia.escrows, vigia.downtimes"),
);
afterAll(async () => {
  await database.close();
  await home.drop();
});

/** Orders whose time passed an hour ago, the first one the longest. */
async function dueOrders(count: number): Promise<string[]> {
  const ids = Array.from({ length: count }, () => randomUUID());
  await database.query(
    `INSERT INTO marketplace.orders (id, seller_id, buyer_id, seller_address, buyer_address, chain_id, token, amount,
                                     trade_key, status, expires_at)
     SELECT id, gen_random_uuid(), gen_random_uuid(), '0x01', '0x02', $2, '0x03', 1, id::text, 'created',
            now() - interval '1 hour' + n * interval '1 second'
       FROM unnest($1::uuid[]) WITH ORDINALITY AS due (id, n)`,
    [ids, CHAIN_ID],
  );
  return ids;
}

const transaction = <T>(work: (tx: Transaction) => Promise<T>) => database.transaction({ source: "test" }, work);

async function expire(): Promise<string[]> {
  const { orders } = await transaction((tx) => tx.orders.expireDue(new Date(), 100));
  return orders.map(({ orderId }) => orderId);
}

async function statuses(ids: readonly string[]): Promise<unknown[]> {
  const { rows } = await database.query<{ status: string }>(
    `SELECT status FROM unnest($1::uuid[]) WITH ORDINALITY AS given (id, n) JOIN marketplace.orders USING (id) ORDER BY n`,
    [ids],
  );
  return rows.map(({ status }) => status);
}

/** What the marketplace does to an order, or chain-sync, in a transaction of theirs. */
const WRITERS: readonly (readonly [
  what: string,
  status: string,
  write: (tx: Transaction, id: string) => Promise<unknown>,
])[] = [
  [
    "gets its deposit",
    "created",
    (tx, id) => tx.query("UPDATE marketplace.orders SET deposit_tx = '0x01' WHERE id = $1", [id]),
  ],
  [
    "is paid for",
    "deposit_pending",
    (tx, id) => tx.query("UPDATE marketplace.orders SET status = 'deposit_pending' WHERE id = $1", [id]),
  ],
  [
    "is given more time",
    "created",
    (tx, id) => tx.query("UPDATE marketplace.orders SET expires_at = now() + interval '1 hour' WHERE id = $1", [id]),
  ],
  [
    "gets its funded escrow",
    "escrowed",
    async (tx, id) => {
      await tx.query(
        `INSERT INTO vigia.escrows (chain_id, contract, escrow_id, order_id, status, seller_address, buyer_address, token,
                                    amount, balance, created_block, updated_block, updated_log, status_source, status_since)
         VALUES ($1, $2, $3::text, $3::uuid, 'funded', '0x01', '0x02', '0x03', 1, 1, 1, 1, 0, 'event', now())`,
        [CHAIN_ID, CONTRACT, id],
      );
      await tx.orders.followEscrows([{ chainId: CHAIN_ID, contract: CONTRACT, escrowId: id }]);
    },
  ],
];

describe.each(WRITERS)("an order that %s", (_, status, write) => {
  it("at this moment is left, and nobody waits for whoever writes it", async () => {
    const [first = "", second = ""] = await dueOrders(2);
    await transaction(async (tx) => {
      await write(tx, first);
      // Were it to wait, this would never return.
      expect(await expire()).toEqual([second]);
    });
    expect(await expire()).toEqual([]);
    expect(await statuses([first, second])).toEqual([status, "expired"]);
  });

  it("is ended by the next batch where that was taken back", async () => {
    const [first = ""] = await dueOrders(1);
    const takenBack = transaction(async (tx) => {
      await write(tx, first);
      expect(await expire()).toEqual([]);
      throw new Error("taken back");
    });
    await expect(takenBack).rejects.toThrow("taken back");
    expect(await expire()).toEqual([first]);
  });

  it("between the batch's look and its hand is looked at again", async () => {
    const [first = "", second = ""] = await dueOrders(2);
    const looking = await pauseWhileLooking();
    const expiring = expire();
    await looking.reached();
    await transaction((tx) => write(tx, first));
    await looking.goOn();
    expect(await expiring).toEqual([second]);
    expect(await statuses([first, second])).toEqual([status, "expired"]);
    const { rows } = await database.query(
      "SELECT order_id AS id FROM marketplace.order_history WHERE to_status = 'expired'",
    );
    expect(rows).toEqual([{ id: second }]);
  });
});

/**
 * Holds a batch after its statement has begun, when it has seen the orders and not locked them: at the downtimes' function,
 * which it asks about orders that one concerns.
 */
async function pauseWhileLooking() {
  await database.query(
    `INSERT INTO vigia.downtimes (cause, reason, started_at, ended_at)
     VALUES ('test', 'test', now() - interval '2 hours', now() - interval '30 minutes')`,
  );
  await database.query("ALTER FUNCTION vigia.expiry_after_downtimes(timestamptz) RENAME TO expiry_as_it_is");
  await database.query(
    `CREATE FUNCTION vigia.expiry_after_downtimes(at timestamptz) RETURNS timestamptz LANGUAGE plpgsql STABLE AS $$
     BEGIN PERFORM pg_advisory_xact_lock_shared(4711); RETURN at; END $$`,
  );
  let letGo: () => void = () => undefined;
  const gate = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  let isHeld: () => void = () => undefined;
  const held = new Promise<void>((resolve) => {
    isHeld = resolve;
  });
  const holding = transaction(async (tx) => {
    await tx.query("SELECT pg_advisory_xact_lock(4711)");
    isHeld();
    await gate;
  });
  await held;
  return {
    reached: () =>
      eventually(async () => {
        const { rowCount } = await database.query(
          "SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted AND objid = 4711",
        );
        return rowCount > 0;
      }),
    goOn: async () => {
      letGo();
      await holding;
      await database.query("DROP FUNCTION vigia.expiry_after_downtimes(timestamptz)");
      await database.query("ALTER FUNCTION vigia.expiry_as_it_is(timestamptz) RENAME TO expiry_after_downtimes");
    },
  };
}
