import { keepEndpoints, openDatabase } from "@vigia/database";
import { createLogger } from "@vigia/runtime";
import { createDatabase, createRandom, eventually, startChain, startHostileProxy } from "@vigia/testkit";
import { Registry } from "prom-client";
import { endpointNames } from "./chain-traits.ts";
import { learntRanges, recordEndpoints } from "./endpoint-record.ts";
import { openFollowed } from "./follow/open.ts";
import { settings } from "./settings.ts";
import { sync } from "./tasks/sync.ts";
import { runTask } from "./testing/run-task.ts";

const log = createLogger("endpoint-record-test", "fatal");

describe("what endpoints do wrong", () => {
  it("is counted by kind, noted for the checks, and told", async () => {
    const [chain, testDatabase] = await Promise.all([startChain(), createDatabase()]);
    const database = await openDatabase({ url: testDatabase.url, applicationName: "endpoint-record-test" });
    const proxy = await startHostileProxy(chain.rpcUrl, createRandom(1));
    try {
      await chain.createEscrow();
      const values = settings.parse({
        CHAIN_ID: chain.chainId,
        CHAIN_RPC_URL: proxy.url,
        RPC_URLS: chain.rpcUrl,
        ESCROW_ADDRESS: chain.escrowAddress,
      });
      const registry = new Registry();
      const ports = { database, metrics: { registry }, log, service: "chain-sync" };
      await database.query("INSERT INTO vigia.endpoint_states VALUES ($1, 'gone', 1, 'well')", [chain.chainId]);
      await keepEndpoints(database, values.CHAIN_ID, endpointNames([proxy.url, chain.rpcUrl]));
      const followed = await openFollowed(values, log, recordEndpoints(ports));
      proxy.become({ faultRate: 1, faults: ["empty"] });
      expect(await runTask({ database, log }, sync(followed))).toMatchObject({ logs: 1, escrowsChanged: 1 });

      const endpoint = new URL(proxy.url).host;
      const counts = await registry.getSingleMetric("vigia_chain_endpoint_problems_total")?.get();
      expect(counts?.values).toEqual([
        { labels: { chain_id: chain.chainId, endpoint, kind: "missing_log" }, value: 1 },
      ]);
      const noted = async () => {
        const { rows } = await database.query<object>(`SELECT chain_id, endpoint, kind FROM vigia.endpoint_untruths`);
        if (!rows[0]) throw new Error("nothing was noted of the endpoint");
        return rows;
      };
      expect(await eventually(noted)).toEqual([{ chain_id: chain.chainId, endpoint, kind: "missing_log" }]);
      const told = async () => {
        const { rows } = await database.query<{ payload: object }>(
          `SELECT payload FROM vigia.outbox WHERE headers ->> 'ce-type' = 'vigia.provider'`,
        );
        if (!rows[0]) throw new Error("nothing was told of the endpoint");
        return rows[0].payload;
      };
      expect(await eventually(told)).toMatchObject({ status: "degraded", endpoint, chainId: chain.chainId });

      const states = async () => {
        const { rows } = await database.query("SELECT endpoint, status FROM vigia.endpoint_states ORDER BY place");
        return rows;
      };
      const other = { endpoint: new URL(chain.rpcUrl).host, status: "well" };
      expect(await states()).toEqual([{ endpoint, status: "degraded" }, other]);
      await keepEndpoints(database, values.CHAIN_ID, endpointNames([proxy.url, chain.rpcUrl]));
      expect(await states()).toEqual([{ endpoint, status: "well" }, other]);

      // What is learnt of an endpoint is known at the next start.
      const alone = { ...values, RPC_URLS: [] };
      const [first] = await openFollowed(
        alone,
        log,
        recordEndpoints({ ...ports, metrics: { registry: new Registry() } }),
      );
      await chain.mine(30);
      proxy.become({ faultRate: 0, maxBlocks: 7 });
      await runTask({ database, log }, sync(first ? [first] : []));
      const learnt = await eventually(async () => {
        const known = await learntRanges(database, chain.chainId);
        if (known.size === 0) throw new Error("no limit was kept");
        return known;
      });
      expect([...learnt]).toEqual([[endpoint, { limit: 7 }]]);
      const [again] = await openFollowed(alone, log, () => ({ learnt }));
      expect(again?.endpoints.all[0]?.ranges.blocks).toBe(7);
    } finally {
      await database.close();
      await Promise.all([proxy.stop(), testDatabase.drop(), chain.stop()]);
    }
  });
});
