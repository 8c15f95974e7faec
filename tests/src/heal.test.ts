import { randomUUID } from "node:crypto";
import { type Database, openDatabase } from "@vigia/database";
import { type TaskName, tickFor, tickId, tickSubject, toHeaders } from "@vigia/messages";
import { type Bus, connectBus, createLogger } from "@vigia/runtime";
import {
  type Chain,
  createDatabase,
  eventually,
  type ServerHandle,
  startChain,
  startNats,
  startRedis,
  type TestDatabase,
} from "@vigia/testkit";
import { type ServiceProcess, startServiceProcess } from "./service-process.ts";

const PATIENCE = { timeoutMs: 60_000 };

describe("an order that its escrow has left behind", () => {
  let nats: ServerHandle;
  let redis: ServerHandle;
  let chain: Chain;
  let home: TestDatabase;
  let database: Database;
  let bus: Bus;
  const services: ServiceProcess[] = [];
  let ticks = 0;

  beforeAll(async () => {
    [nats, redis, chain, home] = await Promise.all([startNats(), startRedis(), startChain(), createDatabase()]);
    database = await openDatabase({ url: home.url, applicationName: "heal-test" });
    bus = await connectBus({ url: nats.url, name: "heal-test", log: createLogger("heal-test", "fatal") });
    const shared = { DATABASE_URL: home.url, REDIS_URL: redis.url, NATS_URL: nats.url };
    services.push(
      startServiceProcess("chain-sync", {
        ...shared,
        CHAIN_ID: String(chain.chainId),
        CHAIN_RPC_URL: chain.rpcUrl,
        CHAIN_FINALIZED_TAG: "false",
        CHAIN_FINALITY_BLOCKS: "1",
        ESCROW_ADDRESS: chain.escrowAddress,
      }),
      startServiceProcess("consistency", {
        ...shared,
        CONSISTENCY_GRACE_SECONDS: "0",
        CONSISTENCY_HEAL: "ESCROW_RELEASED_ORDER_OPEN, EVENT_MISSING",
      }),
    );
  });
  afterAll(async () => {
    for (const service of services) service.kill("SIGKILL");
    await Promise.all(services.map(({ ended }) => ended));
    await bus.close();
    await database.close();
    await Promise.all([nats.stop(), redis.stop(), chain.stop(), home.drop()]);
  });

  /** Has a task run, and waits for the end of that run. */
  async function run(task: TaskName): Promise<void> {
    const at = new Date(Date.now() + ticks++);
    const id = tickId(task, at);
    const headers = toHeaders({ id, source: "test", type: "vigia.tick", time: at.toISOString() });
    const publish = () => bus.publish(tickSubject(task), tickFor(task, at, false), headers);
    await eventually(async () => expect(await publish()).toBe("stored"), PATIENCE);
    const handled = "SELECT FROM vigia.handled_messages WHERE message_id = $1";
    await eventually(async () => expect((await database.query(handled, [id])).rowCount).toBe(1), PATIENCE);
  }

  async function tradeThatEnded(): Promise<string> {
    const orderId = randomUUID();
    const { id } = await chain.createEscrow({ amount: 1_000n });
    const { seller, buyer } = chain.accounts;
    await database.query(
      `INSERT INTO marketplace.orders (id, seller_id, buyer_id, seller_address, buyer_address, chain_id, token, amount,
                                       trade_key, status, expires_at)
       VALUES ($1, gen_random_uuid(), gen_random_uuid(), $2, $3, $4, $5, 1000, $6, 'created', now() + interval '1 day')`,
      [orderId, seller, buyer, chain.chainId, `0x${"0".repeat(40)}`, id],
    );
    for (const act of ["fund", "lock", "release"] as const) await chain[act](id);
    return orderId;
  }

  const statusOf = async (orderId: string) =>
    (await database.query(`SELECT status FROM marketplace.orders WHERE id = $1`, [orderId])).rows[0]?.status;

  it("is moved on by the service whose it is to, on record, once", async () => {
    const orderId = await tradeThatEnded();
    await chain.mine(5);
    await run("chain-sync.sync");
    expect(await statusOf(orderId)).toBe("completed");
    // As after a backup of the marketplace was put back.
    await database.query("UPDATE marketplace.orders SET status = 'payment_sent', ended_at = NULL WHERE id = $1", [
      orderId,
    ]);

    await run("consistency.check");
    const steps = `SELECT change FROM vigia.issue_history WHERE fingerprint LIKE 'ESCROW_RELEASED_ORDER_OPEN:%' ORDER BY id`;
    const changes = async () => (await database.query<{ change: string }>(steps)).rows.map(({ change }) => change);
    await eventually(async () => expect(await changes()).toEqual(["opened", "heal_asked", "healed"]), PATIENCE);
    expect(await statusOf(orderId)).toBe("completed");
    await run("consistency.check");
    await run("consistency.check");
    expect(await changes()).toEqual(["opened", "heal_asked", "healed", "resolved"]);

    const { rows } = await database.query(
      `SELECT payload->'after' AS after FROM vigia.outbox WHERE subject LIKE 'vigia.event.consistency-heal.healed.%'`,
    );
    expect(rows).toEqual([{ after: { moved: 1, orderId, from: "payment_sent", to: "completed" } }]);
    // That a command lies in another stream than the events is no loss of events.
    expect((await database.query("SELECT losses FROM vigia.bus_marks")).rows).toEqual([{ losses: 0 }]);
  });
});
