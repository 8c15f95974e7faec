import { Client } from "pg";
import { type Chain, createClock, createDatabase, eventually, startChain, startNats, startRedis } from "./index.ts";

describe("createDatabase", () => {
  it("gives migrated databases that do not know of each other", async () => {
    const [one, other] = await Promise.all([createDatabase(), createDatabase()]);
    const client = new Client({ connectionString: one.url });
    await client.connect();
    const { rows } = await client.query("SELECT count(*)::int AS tables FROM pg_tables WHERE schemaname = 'vigia'");
    await client.end();
    expect(rows[0].tables).toBeGreaterThan(0);
    expect(one.url).not.toBe(other.url);
    await one.drop();
    await one.drop();
    await other.drop();
    await expect(new Client({ connectionString: one.url }).connect()).rejects.toThrow("does not exist");
  });
});

describe("startNats and startRedis", () => {
  it("give each caller servers of its own", async () => {
    const servers = await Promise.all([startNats(), startNats(), startRedis(), startRedis({ persistent: false })]);
    expect(new Set(servers.map(({ port }) => port)).size).toBe(4);
    await Promise.all(servers.map((server) => server.stop()));
  });
});

describe("startChain", () => {
  let chain: Chain;
  beforeAll(async () => {
    chain = await startChain();
  });
  afterAll(() => chain.stop());

  it("walks escrows through the reference contract", async () => {
    const { id } = await chain.createEscrow({ amount: 5n });
    await chain.fund(id);
    await chain.lock(id);
    expect(await chain.escrowOf(id)).toMatchObject({ state: "Locked", balance: 5n, buyer: expect.any(String) });
    const receipt = await chain.release(id);
    expect(receipt.blockNumber).toBe(await chain.headBlock());
    expect((await chain.escrowOf(id)).state).toBe("Released");
    await expect(chain.refund(id)).rejects.toThrow();
  });

  it("funds tokens, withdraws silently, decides disputes", async () => {
    const { id } = await chain.createEscrow({ token: chain.tokenAddress });
    await chain.fund(id);
    expect((await chain.withdrawSilently(id)).logs.some((log) => log.address === chain.escrowAddress)).toBe(false);
    expect((await chain.escrowOf(id)).state).toBe("Refunded");

    const disputed = await chain.createEscrow();
    await chain.fund(disputed.id);
    await chain.dispute(disputed.id);
    await chain.split(disputed.id, 400_000n, 600_000n);
    expect((await chain.escrowOf(disputed.id)).state).toBe("Split");
  });

  it("undoes blocks by reorg and by snapshot, and mines on demand", async () => {
    const { id } = await chain.createEscrow();
    const snapshot = await chain.snapshot();
    await chain.fund(id);
    await chain.revert(snapshot);
    expect((await chain.escrowOf(id)).state).toBe("PendingDeposit");

    await chain.fund(id);
    const head = await chain.mine(2);
    const before = await chain.provider.getBlock(head);
    await chain.reorg(3);
    expect(await chain.headBlock()).toBe(head);
    expect((await chain.provider.getBlock(head))?.hash).not.toBe(before?.hash);
    expect((await chain.escrowOf(id)).state).toBe("PendingDeposit");

    await chain.setAutomine(false);
    await chain.send({ from: chain.accounts.seller, to: chain.accounts.buyer, value: 1n });
    expect(await chain.headBlock()).toBe(head);
    await chain.mine();
    expect((await chain.provider.getBlock(head + 1))?.transactions).toHaveLength(1);
    await chain.setAutomine(true);
  });
});

describe("eventually", () => {
  it("gives the first good value", async () => {
    let asked = 0;
    expect(await eventually(() => ++asked > 2 && asked)).toBe(3);
  });

  it("fails with the last error", async () => {
    const attempt = eventually(() => Promise.reject(new Error("not yet")), { timeoutMs: 30, everyMs: 5 });
    await expect(attempt).rejects.toThrow("not yet");
  });
});

describe("createClock", () => {
  it("moves when told", () => {
    const clock = createClock("2030-01-01T00:00:00Z");
    clock.advance(-1000);
    expect(clock.now().toISOString()).toBe("2029-12-31T23:59:59.000Z");
  });
});
