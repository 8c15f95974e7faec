import { setTimeout as sleep } from "node:timers/promises";
import { type EscrowState, escrowArtifact } from "@vigia/contracts";
import { type Database, openDatabase } from "@vigia/database";
import { type Chain, createDatabase, eventually, readChainUntil, startChain, type TestDatabase } from "@vigia/testkit";
import { Interface } from "ethers";
import { openEscrowClient } from "./escrow-client.ts";
import { compareWithExpectations, type Expectations } from "./index.ts";
import { runMarket } from "./market/market.ts";
import { planOf } from "./market/plan.ts";
import { marketplace } from "./marketplace.ts";
import { observe } from "./script/observe.ts";
import { runScript } from "./script/run-script.ts";

const FOLLOW_EVERY_MS = 100;
const quiet = () => undefined;

describe("the demo marketplace on a real chain and database", () => {
  let chain: Chain;
  let server: TestDatabase;
  let database: Database;
  let following: Promise<void>;
  const stop = new AbortController();

  beforeAll(async () => {
    [chain, server] = await Promise.all([startChain(), createDatabase()]);
    database = await openDatabase({ url: server.url, applicationName: "demo-test" });
    await readChainUntil(database, new Date(Date.now() + 3_600_000), chain.chainId);
    following = followChain(chain, database, stop.signal);
  });

  afterAll(async () => {
    stop.abort();
    await following;
    await database?.close();
    await Promise.all([chain?.stop(), server?.drop()]);
  });

  it("plays the script, and what it expects can be observed", async () => {
    const { rpcUrl, escrowAddress, tokenAddress } = chain;
    const databaseUrl = server.url;
    const expectations = await runScript({ databaseUrl, rpcUrl, escrowAddress, tokenAddress, log: quiet });

    const unmet = async () => {
      const lines = compareWithExpectations(expectations, await observe({ databaseUrl, expectations }));
      return lines.filter((line) => !line.ok).map((line) => `${line.what}: ${line.expected}, not ${line.seen}`);
    };
    const told = expectations.notifications.length;
    await eventually(async () => (await unmet()).length <= told + expectations.findings.length);
    expect((await unmet()).filter((line) => !/^(finding|\w+ told): /.test(line))).toEqual([]);

    await report(database, expectations);
    expect(await unmet()).toEqual([]);
  });

  it("says which tale could not go on", async () => {
    const { rpcUrl, escrowAddress } = chain;
    const options = {
      databaseUrl: server.url,
      rpcUrl,
      escrowAddress,
      tokenAddress: chain.accounts.stranger,
      log: quiet,
    };
    await expect(runScript(options)).rejects.toThrow('"a trade in tokens" stopped at "fund"');
  });

  it("runs the market until it is stopped, and a second one takes up what the first left", async () => {
    const { rpcUrl, escrowAddress, tokenAddress } = chain;
    const client = await openEscrowClient({ rpcUrl, escrowAddress, tokenAddress });
    const hands = { chain: client, market: marketplace(database) };
    for (const wanted of [3, 6]) {
      const closing = new AbortController();
      const market = runMarket({ hands, seed: "demo", paceMs: 20, log: quiet, signal: closing.signal });
      await eventually(async () => (await completedTrades(database)) >= wanted, { timeoutMs: 40_000 });
      closing.abort();
      await market;
    }
    client.close();
  });
});

/** The trades that ended as planned; the script's orders have no plan. */
async function completedTrades(database: Database): Promise<number> {
  const { rows } = await database.query<{ id: string }>(
    `SELECT o.id FROM marketplace.orders AS o JOIN marketplace.users AS u ON u.id = o.seller_id
      WHERE o.status = 'completed' AND u.name IN ('Alice', 'Bruno', 'Carla', 'David')`,
  );
  return rows.filter(({ id }) => planOf(id) === "completed").length;
}

/** Stands in for chain-sync and clean-up, whose own tests are elsewhere: the tables follow the chain, roughly. */
async function followChain(chain: Chain, database: Database, signal: AbortSignal): Promise<void> {
  const contract = new Interface(escrowArtifact.abi);
  const source = { source: "demo-test", causationId: "test", correlationId: "test" };
  while (!signal.aborted) {
    const logs = await chain.provider.getLogs({ address: chain.escrowAddress, fromBlock: 0 });
    const lastEvents = new Map(logs.map((log) => [log.topics[1] ?? "", contract.parseLog(log)?.name ?? ""]));
    for (const log of logs) {
      await database.query(
        `INSERT INTO vigia.chain_logs (chain_id, block_number, log_index, block_hash, transaction_hash, contract, event,
                                       escrow_id, arguments, mined_at)
         VALUES ($1, $2, $3, $4, $5, $6, 'any', $7, '{}', now()) ON CONFLICT DO NOTHING`,
        [chain.chainId, log.blockNumber, log.index, log.blockHash, log.transactionHash, log.address, log.topics[1]],
      );
    }
    for (const [id, lastEvent] of lastEvents) await followEscrow(chain, database, id, lastEvent);
    const keys = [...lastEvents.keys()].map((escrowId) => ({
      chainId: chain.chainId,
      contract: chain.escrowAddress,
      escrowId,
    }));
    await database.transaction(source, async (tx) => {
      await tx.orders.followEscrows(keys);
      await tx.orders.expireDue(new Date(), 100);
    });
    await sleep(FOLLOW_EVERY_MS, undefined, { signal }).catch(() => undefined);
  }
}

async function followEscrow(chain: Chain, database: Database, id: string, lastEvent: string): Promise<void> {
  const { state, seller, buyer, token, amount, balance } = await chain.escrowOf(id);
  const source = state === "Refunded" && lastEvent === "EscrowFunded" ? "state" : "event";
  await database.query(
    `INSERT INTO vigia.escrows (chain_id, contract, escrow_id, order_id, status, seller_address, buyer_address, token, amount,
                                balance, created_block, updated_block, updated_log, status_source, status_since)
     SELECT $1, $2, $3, (SELECT id FROM marketplace.orders WHERE trade_key = $3), $4, $5, $6, $7, $8, $9, 0, 0, 0, $10, now()
     ON CONFLICT (chain_id, contract, escrow_id)
     DO UPDATE SET status = excluded.status, balance = excluded.balance, status_source = excluded.status_source`,
    [chain.chainId, chain.escrowAddress, id, statusOf(state), seller, buyer, token, amount, balance, source],
  );
}

function statusOf(state: EscrowState): string {
  return state.replace(/(?<=[a-z])[A-Z]/g, (letter) => `_${letter}`).toLowerCase();
}

/** Writes what the consistency and notification services would have written. */
async function report(database: Database, expectations: Expectations): Promise<void> {
  for (const { check, entityId } of expectations.findings) {
    await database.query(
      `INSERT INTO vigia.issues (fingerprint, check_code, severity, entity_type, entity_id, status, evidence, first_seen, last_seen)
       VALUES ($1 || $2, $1, 'high', 'any', $2, 'open', '{}', now(), now())`,
      [check, entityId],
    );
  }
  for (const { userId, orderId } of expectations.notifications) {
    await database.query(
      `INSERT INTO vigia.notifications (id, user_id, kind, title, body, data, event_id)
       VALUES (gen_random_uuid(), $1, 'any', '', '', jsonb_build_object('orderId', $2::text), $2)`,
      [userId, orderId],
    );
  }
}
