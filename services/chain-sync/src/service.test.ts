import { randomUUID } from "node:crypto";
import { ESCROW_STATES, type EscrowState } from "@vigia/contracts";
import { type Database, type Escrow, openDatabase } from "@vigia/database";
import { commandSubject, STREAMS, tickFor, tickId, tickSubject } from "@vigia/messages";
import {
  type Bus,
  ConfigurationError,
  connectBus,
  createLogger,
  type RunningService,
  startService,
} from "@vigia/runtime";
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
import { id as hash } from "ethers";
import { chainSync } from "./service.ts";

const log = createLogger("chain-sync-test", "fatal");

const SYNC = "chain-sync.sync";
const RUN_LIMIT_MS = 40_000;

const LIVES = [
  [],
  ["cancelByBuyer"],
  ["cancelBySeller"],
  ["fund"],
  ["fund", "cancelByBuyer"],
  ["fund", "lock"],
  ["fund", "lock", "release"],
  ["fund", "lock", "refund"],
  ["fund", "dispute"],
  ["fund", "dispute", "resolveToBuyer"],
  ["fund", "dispute", "resolveToSeller"],
  ["fund", "dispute", "divide"],
];

interface Run {
  readonly status: string;
  readonly items: number;
  readonly result: Record<string, number> | null;
  readonly error: { message: string } | null;
}

describe("chain-sync", () => {
  let nats: ServerHandle;
  let redis: ServerHandle;
  let chain: Chain;
  let testDatabase: TestDatabase;
  let database: Database;
  let bus: Bus;
  let service: RunningService;

  beforeAll(async () => {
    [nats, redis] = await Promise.all([startNats(), startRedis()]);
  });
  afterAll(async () => {
    await Promise.all([nats.stop(), redis.stop()]);
  });
  beforeEach(async () => {
    [chain, testDatabase] = await Promise.all([startChain(), createDatabase()]);
    database = await openDatabase({ url: testDatabase.url, applicationName: "chain-sync-test" });
    bus = await connectBus({ url: nats.url, name: "chain-sync-test", log });
    service = await startService("chain-sync", chainSync, environment());
  });
  afterEach(async () => {
    await service.stop();
    for (const { name } of Object.values(STREAMS)) await bus.manager.streams.delete(name).catch(() => undefined);
    await bus.close();
    await database.close();
    await Promise.all([testDatabase.drop(), chain.stop()]);
  });

  function environment(): Record<string, string> {
    return {
      DATABASE_URL: testDatabase.url,
      REDIS_URL: redis.url,
      NATS_URL: nats.url,
      LOG_LEVEL: process.env.TEST_LOG_LEVEL ?? "fatal",
      HTTP_PORT: "0",
      CHAIN_ID: String(chain.chainId),
      CHAIN_RPC_URL: chain.rpcUrl,
      ESCROW_ADDRESS: chain.escrowAddress,
      ESCROW_START_BLOCK: String(chain.startBlock),
    };
  }

  /** Gives a command and waits for the end of its run. */
  async function command(name: string, data: object): Promise<Run> {
    const id = randomUUID();
    await bus.publish(commandSubject("chain-sync", name), data, { "ce-id": id });
    const ended = async (): Promise<Run> => {
      const { rows } = await database.query<Run>(
        `SELECT status, items_processed AS items, result, error FROM vigia.executions
          WHERE message_id = $1 AND status <> 'running' ORDER BY id DESC`,
        [id],
      );
      if (!rows[0]) throw new Error(`the run that ${name} ${JSON.stringify(data)} asked for has not ended`);
      return rows[0];
    };
    return eventually(ended, { timeoutMs: RUN_LIMIT_MS });
  }

  const run = (task: string): Promise<Run> => command("run", { task });

  async function escrowRow(escrowId: string): Promise<Escrow> {
    const [row] = await database.transaction({ source: "test" }, (tx) => tx.escrows.lock(key(), [escrowId]));
    if (!row) throw new Error(`there is no row of escrow ${escrowId}`);
    return row;
  }

  const key = () => ({ chainId: chain.chainId, contract: chain.escrowAddress.toLowerCase() });

  async function events(type: string): Promise<Record<string, unknown>[]> {
    const { rows } = await database.query<{ payload: Record<string, unknown> }>(
      `SELECT payload FROM vigia.outbox WHERE headers ->> 'ce-type' = $1 ORDER BY position`,
      [type],
    );
    return rows.map(({ payload }) => payload);
  }

  /** An order as the marketplace would write it; the id of its escrow is its trade key. */
  async function order(status: string, tradeKey = hash(randomUUID())): Promise<{ id: string; tradeKey: string }> {
    const id = randomUUID();
    await database.query(
      `INSERT INTO marketplace.orders (id, seller_id, buyer_id, seller_address, buyer_address, chain_id, token, amount,
                                       trade_key, status, expires_at)
       VALUES ($1, $2, $3, $4, $5, $6, '0x0000000000000000000000000000000000000000', 1000000, $7, $8,
               now() + interval '1 hour')`,
      [id, randomUUID(), randomUUID(), chain.accounts.seller, chain.accounts.buyer, chain.chainId, tradeKey, status],
    );
    return { id, tradeKey };
  }

  async function orderStatus(id: string): Promise<string | undefined> {
    const text = `SELECT status FROM marketplace.orders WHERE id = $1`;
    return (await database.query<{ status: string }>(text, [id])).rows[0]?.status;
  }

  /** Every row, without the times at which rows were written. */
  async function table(
    name: "escrows" | "chain_logs" | "executions",
    without = "created_at,updated_at,recorded_at,verified_at",
  ): Promise<object[]> {
    const { rows } = await database.query<{ row: object }>(
      `SELECT to_jsonb(t) - $1::text[] AS row FROM vigia.${name} AS t ORDER BY t::text`,
      [without.split(",")],
    );
    return rows.map(({ row }) => row);
  }

  async function expectRowsEqualChain(ids: readonly string[]): Promise<void> {
    for (const id of ids) {
      const onChain = await chain.escrowOf(id);
      expect(await escrowRow(id)).toMatchObject({
        status: statusOf(onChain.state),
        sellerAddress: onChain.seller.toLowerCase(),
        buyerAddress: onChain.buyer.toLowerCase(),
        token: onChain.token.toLowerCase(),
        amount: String(onChain.amount),
        balance: String(onChain.balance),
      });
    }
  }

  /** One escrow in each state that the contract knows, every other one with tokens. */
  async function liveAllLives(): Promise<string[]> {
    const { fund, lock, release, refund, cancelByBuyer, cancelBySeller, dispute } = chain;
    const act: Record<string, (id: string) => Promise<unknown>> = {
      fund,
      lock,
      release,
      refund,
      cancelByBuyer,
      cancelBySeller,
      dispute,
      resolveToBuyer: (id) => chain.resolve(id, true),
      resolveToSeller: (id) => chain.resolve(id, false),
      divide: (id) => chain.split(id, 400_000n, 600_000n),
    };
    const ids: string[] = [];
    for (const [index, life] of LIVES.entries()) {
      const { id } = await chain.createEscrow(index % 2 ? { token: chain.tokenAddress } : {});
      for (const action of life) await act[action]?.(id);
      ids.push(id);
    }
    return ids;
  }

  it("makes the tables equal to the chain, once", async () => {
    const ids = await liveAllLives();
    const first = await run("sync");
    expect(first).toMatchObject({ status: "completed", items: 36, result: { logs: 36, escrowsChanged: ids.length } });
    await expectRowsEqualChain(ids);

    const written = async () => [await table("escrows", ""), await table("chain_logs", "")];
    const before = await written();
    const second = await run("sync");
    expect(second).toMatchObject({ status: "completed", items: 0, result: { logs: 0, escrowsChanged: 0 } });
    const again = await command("resync", { fromBlock: 0 });
    expect(again).toMatchObject({ status: "completed", result: { logs: 36, escrowsChanged: 0 } });
    expect(await written()).toEqual(before);
    expect(await events("vigia.escrow")).toHaveLength(36);
    expect(await events("vigia.chain.synced")).toHaveLength(1);
    expect(await run("verify")).toMatchObject({ items: ids.length, result: { corrected: 0, unclear: 0 } });
    expect(await run("reconcile")).toMatchObject({ items: ids.length, result: { corrected: 0, unclear: 0 } });
  });

  it("reads what it missed as soon as it is there again: its tick has waited", async () => {
    await run("sync");
    await service.stop();
    const { id } = await chain.createEscrow();
    await chain.fund(id);
    const missed = new Date();
    await bus.publish(tickSubject(SYNC), tickFor(SYNC, missed, false), { "ce-id": tickId(SYNC, missed) });

    service = await startService("chain-sync", chainSync, environment());
    await eventually(async () => expect(await escrowRow(id)).toMatchObject({ status: "funded" }), {
      timeoutMs: RUN_LIMIT_MS,
    });
    expect(await table("executions", "")).toMatchObject([{ trigger: "command" }, { trigger: "schedule" }]);
  });

  it("moves orders to where their escrow is, also those that come after it", async () => {
    const early = await order("deposit_pending");
    const { id: lateKey } = await chain.createEscrow();
    await chain.createEscrow({ id: early.tradeKey });
    await chain.fund(early.tradeKey);
    await chain.fund(lateKey);
    await run("sync");
    expect(await orderStatus(early.id)).toBe("escrowed");
    expect(await escrowRow(early.tradeKey)).toMatchObject({ orderId: early.id });

    const late = await order("created", lateKey);
    await chain.lock(early.tradeKey);
    await chain.release(early.tradeKey);
    await run("sync");
    expect(await orderStatus(early.id)).toBe("completed");
    expect(await orderStatus(late.id)).toBe("escrowed");
    expect(await events("vigia.order")).toMatchObject([
      { orderId: early.id, status: "escrowed", reason: "the seller's deposit is in the escrow" },
      { orderId: early.id, status: "completed", reason: "the escrow was released to the buyer" },
      { orderId: late.id, status: "escrowed" },
    ]);
  });

  it("finds what the contract did without an event, and keeps it", async () => {
    const { id: tradeKey } = await chain.createEscrow();
    const { id } = await order("escrowed", tradeKey);
    await chain.fund(tradeKey);
    await run("sync");
    await chain.withdrawSilently(tradeKey);
    await run("sync");
    expect((await escrowRow(tradeKey)).status).toBe("funded");

    expect(await run("verify")).toMatchObject({ items: 1, result: { checked: 1, corrected: 1 } });
    await expectRowsEqualChain([tradeKey]);
    expect(await orderStatus(id)).toBe("refunded");
    expect(await events("vigia.chain.drifted")).toMatchObject([
      {
        escrowId: tradeKey,
        recorded: { status: "funded", balance: "1000000" },
        onChain: { status: "refunded", balance: "0" },
      },
    ]);

    await chain.mine();
    await run("sync");
    await command("resync", { fromBlock: 0 });
    expect(await escrowRow(tradeKey)).toMatchObject({ status: "refunded", statusSource: "state", balance: "0" });
    expect(await run("reconcile")).toMatchObject({ result: { checked: 1, corrected: 0 } });

    await chain.reorg(2);
    await run("sync");
    await expectRowsEqualChain([tradeKey]);
  });

  it("rebuilds rows that were spoiled, by command, while the sync goes on", async () => {
    const ids = await liveAllLives();
    await run("sync");
    const [escrows, logs] = [await table("escrows"), await table("chain_logs")];
    await database.query(`UPDATE vigia.escrows SET status = 'frozen', balance = 7, seller_address = 'nobody'`);
    await database.query(`DELETE FROM vigia.escrows WHERE escrow_id = $1`, [ids[3]]);
    await database.query(`DELETE FROM vigia.chain_logs WHERE block_number % 3 = 0`);
    await database.query(`UPDATE vigia.chain_logs SET arguments = '{}' WHERE block_number % 3 = 1`);
    await chain.mine(5);

    const [resync] = await Promise.all([command("resync", { fromBlock: 0, reason: "spoiled" }), run("sync")]);
    expect(resync).toMatchObject({ status: "completed", items: 36, result: { logs: 36, escrowsChanged: ids.length } });
    await expectRowsEqualChain(ids);
    expect(await table("escrows")).toEqual(escrows);
    expect(await table("chain_logs")).toEqual(logs);
    expect(await events("vigia.chain.resync-progress")).toMatchObject([{ logs: 36 }]);
  });

  it("refuses a resync that cannot be, in words", async () => {
    const head = await chain.mine(2);
    expect((await command("resync", { fromBlock: head })).error?.message).toMatch("is not synced yet");
    await run("sync");
    const refusals = [
      await command("resync", { fromBlock: head + 1 }),
      await command("resync", { fromBlock: 0, toBlock: head + 5 }),
      await command("resync", { fromBlock: 0, chainId: 1 }),
    ];
    expect(refusals.map(({ error }) => error?.message)).toEqual([
      `fromBlock: block ${head + 1} is above the head, which is block ${head}`,
      `toBlock: block ${head + 5} is above the head, which is block ${head}`,
      `chainId: chain 1 is not followed here, chain ${chain.chainId} is`,
    ]);
    expect((await events("vigia.command")).filter(({ status }) => status === "rejected")).toHaveLength(4);
  });

  it("refuses wrong settings at start, and an endpoint of another chain", async () => {
    const start = (settings: Record<string, string>) =>
      startService("chain-sync", chainSync, { ...environment(), ...settings }).then(
        () => undefined,
        (error: unknown) => error,
      );
    const wrong = await start({ CHAIN_RPC_URL: "nowhere", ESCROW_ADDRESS: "0x12", ESCROW_START_BLOCK: "-1" });
    expect(wrong).toBeInstanceOf(ConfigurationError);
    expect((wrong as ConfigurationError).problems).toHaveLength(3);
    expect(String(await start({ CHAIN_ID: "5" }))).toMatch("serves chain 31337");
    expect(String(await start({ ESCROW_PROFILE: "/nowhere.yaml" }))).toMatch("cannot be read");
  });
});

function statusOf(state: EscrowState): string {
  expect(ESCROW_STATES).toContain(state);
  return state.replace(/(?<=[a-z])[A-Z]/g, (letter) => `_${letter}`).toLowerCase();
}
