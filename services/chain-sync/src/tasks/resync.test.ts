import { randomUUID } from "node:crypto";
import { type Database, openDatabase } from "@vigia/database";
import { createLogger, type Task, type TaskResult } from "@vigia/runtime";
import { type Chain, createDatabase, startChain, type TestDatabase } from "@vigia/testkit";
import type { Followed } from "../follow/followed.ts";
import { settings } from "../settings.ts";
import { openOne } from "../testing/open-one.ts";
import { type Conditions, runTask } from "../testing/run-task.ts";
import { resync } from "./resync.ts";
import { sync } from "./sync.ts";

const log = createLogger("resync-test", "fatal");
const RANGE_BLOCKS = 4;

describe("a resync", () => {
  let chain: Chain;
  let testDatabase: TestDatabase;
  let database: Database;
  /** In ranges of a few blocks, and all in one. */
  let followed: Followed;
  let atOnce: Followed;

  beforeEach(async () => {
    [chain, testDatabase] = await Promise.all([startChain(), createDatabase()]);
    database = await openDatabase({ url: testDatabase.url, applicationName: "resync-test" });
    const values = settings.parse({
      CHAIN_ID: chain.chainId,
      CHAIN_RPC_URL: chain.rpcUrl,
      ESCROW_ADDRESS: chain.escrowAddress,
    });
    const name = new URL(chain.rpcUrl).host;
    const learnt = new Map([[name, { blocks: RANGE_BLOCKS, limit: RANGE_BLOCKS }]]);
    followed = await openOne(values, log, { learnt });
    atOnce = await openOne(values, log);
    for (let count = 0; count < 4; count++) {
      const { id } = await chain.createEscrow();
      await chain.fund(id);
      await chain.lock(id);
    }
    await run(sync([followed]));
  });
  afterEach(async () => {
    await database.close();
    await Promise.all([testDatabase.drop(), chain.stop()]);
  });

  function run(task: Task, conditions?: Conditions): Promise<TaskResult> {
    return runTask({ database, log }, task, conditions);
  }

  async function facts(): Promise<{ escrow_id: string; status: string }[]> {
    const { rows } = await database.query<{ escrow_id: string; status: string }>(
      `SELECT escrow_id, status, balance, updated_block, updated_log FROM vigia.escrows ORDER BY escrow_id`,
    );
    return rows;
  }

  async function doneBlocks(): Promise<number[]> {
    const { rows } = await database.query<{ done: number }>(
      `SELECT (payload ->> 'doneBlock')::int AS done FROM vigia.outbox
        WHERE headers ->> 'ce-type' = 'vigia.chain.resync-progress' ORDER BY position`,
    );
    return rows.map(({ done }) => done);
  }

  it("goes on where it was killed, and does no part twice", async () => {
    const truth = await facts();
    await database.query(`UPDATE vigia.escrows SET status = 'frozen'`);
    const messageId = randomUUID();
    const killed = run(resync([followed]), {
      command: { fromBlock: 0 },
      messageId,
      beforeStep: (number) => {
        if (number === 3) throw new Error("killed");
      },
    });
    await expect(killed).rejects.toThrow("killed");
    const before = await doneBlocks();
    expect(before).toHaveLength(2);
    expect(new Set((await facts()).map(({ status }) => status))).toEqual(new Set(["frozen"]));

    const { rows } = await database.query<{ value: unknown }>(`SELECT value FROM vigia.checkpoints`);
    const resumeFrom = rows[0]?.value;
    const result = await run(resync([followed]), { command: { fromBlock: 0 }, messageId, resumeFrom });
    expect(result).toMatchObject({ fromBlock: 0, toBlock: await chain.headBlock(), logs: 12 });
    expect(await facts()).toEqual(truth);
    const done = await doneBlocks();
    expect(done).toEqual([...new Set(done)].toSorted((one, other) => one - other));
    expect(done.at(-1)).toBe(await chain.headBlock());
  });

  it("replaces what it rebuilds at once: nobody sees a row that is missing, or that half of the logs have made", async () => {
    const truth = await facts();
    // Of the first two the logs are lost, and their rows are right; of the others the rows are wrong.
    const [first, second, third] = truth.map(({ escrow_id: id }) => id);
    await database.query(`DELETE FROM vigia.chain_logs WHERE escrow_id IN ($1, $2) AND event <> 'EscrowCreated'`, [
      first,
      second,
    ]);
    await database.query(`UPDATE vigia.escrows SET status = 'frozen' WHERE escrow_id NOT IN ($1, $2)`, [first, second]);
    await database.query(`DELETE FROM vigia.escrows WHERE escrow_id = $1`, [third]);
    const spoiled = await facts();
    const seen: object[][] = [];
    let live = "";
    await run(resync([followed]), {
      command: { fromBlock: 0, toBlock: await chain.headBlock() },
      afterCommit: async (number) => {
        seen.push((await facts()).filter(({ escrow_id: id }) => id !== live));
        if (number > 1) return;
        ({ id: live } = await chain.createEscrow());
        await run(sync([followed]));
        expect((await facts()).map(({ escrow_id: id }) => id)).toContain(live);
      },
    });
    expect(seen.length).toBeGreaterThan(2);
    expect(seen.slice(0, -1)).toEqual(seen.slice(1).map(() => spoiled));
    expect(seen.at(-1)).toEqual(truth);
  });

  it("reads again what a fork replaced between its reading and its commit", async () => {
    const head = await chain.headBlock();
    let forks = 0;
    await run(resync([atOnce]), {
      command: { fromBlock: 0 },
      beforeStep: async () => {
        if (forks++ > 0) return;
        await chain.reorg(4);
        await chain.mine();
        await run(sync([followed]));
      },
    });
    expect(forks).toBe(2);
    const { rows } = await database.query<{ count: number }>(
      `SELECT count(*) FROM vigia.chain_logs WHERE block_number > $1`,
      [head - 4],
    );
    expect(rows[0]?.count).toBe(0);
    const truth = await facts();
    await run(sync([followed]));
    expect(await facts()).toEqual(truth);
  });

  it("does not hide a fork that begins below its range", async () => {
    await chain.reorg(4);
    const head = await chain.mine();
    await expect(run(resync([followed]), { command: { fromBlock: head - 1 } })).rejects.toThrow("forked");
    await run(sync([followed]));
    const { rows } = await database.query<{ block: number }>(`SELECT max(block_number) AS block FROM vigia.chain_logs`);
    expect(rows[0]?.block).toBeLessThanOrEqual(head - 5);
  });
});
