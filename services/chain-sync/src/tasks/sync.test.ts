import { openDatabase } from "@vigia/database";
import { createLogger } from "@vigia/runtime";
import { createDatabase, startChain } from "@vigia/testkit";
import { settings } from "../settings.ts";
import { openOne } from "../testing/open-one.ts";
import { runTask } from "../testing/run-task.ts";
import { sync } from "./sync.ts";

const log = createLogger("sync-test", "fatal");

it("is not behind by the blocks that are still to be confirmed", async () => {
  const [chain, testDatabase] = await Promise.all([startChain(), createDatabase()]);
  const database = await openDatabase({ url: testDatabase.url, applicationName: "sync-test" });
  try {
    await chain.mine(70);
    const values = settings.parse({
      CHAIN_ID: chain.chainId,
      CHAIN_RPC_URL: chain.rpcUrl,
      CHAIN_CONFIRMATIONS: 60,
      ESCROW_ADDRESS: chain.escrowAddress,
    });
    const cursor = async () => {
      const { rows } = await database.query(
        `SELECT head_number - block_number AS waits, lag_blocks AS lag FROM vigia.chain_cursors`,
      );
      return rows;
    };
    await runTask({ database, log }, sync([await openOne(values, log)]));
    expect(await cursor()).toEqual([{ waits: 60, lag: 0 }]);
    await database.query(`UPDATE vigia.chain_cursors SET block_number = block_number - 3`);
    expect(await cursor()).toEqual([{ waits: 63, lag: 3 }]);
  } finally {
    await database.close();
    await Promise.all([testDatabase.drop(), chain.stop()]);
  }
});
