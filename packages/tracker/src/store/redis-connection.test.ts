import { setTimeout as sleep } from "node:timers/promises";
import { eventually, type ServerHandle, startProxy, startRedis } from "@vigia/testkit";
import { Redis } from "ioredis";
import { createRedisConnection, probeRedis } from "./redis-connection.ts";

const COMMAND_TIMEOUT_MS = 500;
/** Some reconnections. */
const AWAY_MS = 2_000;

describe("the connection to redis", () => {
  it("comes back where something before a redis that is away takes connections and closes them at once", async () => {
    const server = await startRedis();
    const proxy = await startProxy(server.port);
    const redis = createRedisConnection({ url: `redis://127.0.0.1:${proxy.port}` }, COMMAND_TIMEOUT_MS);
    try {
      await redis.connect();
      await server.kill();
      await sleep(AWAY_MS);
      await expect(probeRedis(redis)).rejects.toThrow();
      await server.restart();
      await eventually(() => probeRedis(redis));
    } finally {
      redis.disconnect();
      await proxy.stop();
      await server.stop();
    }
  });

  it.each([
    ["says no more", (old: ServerHandle) => old.pause()],
    ["became a replica", makeReplica],
  ])("goes where its address leads by now when the redis that it had %s", async (_, harm) => {
    const [old, present] = await Promise.all([startRedis(), startRedis()]);
    const proxy = await startProxy(old.port);
    const redis = createRedisConnection({ url: `redis://127.0.0.1:${proxy.port}` }, COMMAND_TIMEOUT_MS);
    try {
      await redis.connect();
      await probeRedis(redis);
      proxy.leadTo(present.port);
      await harm(old, present);
      await expect(probeRedis(redis)).rejects.toThrow();
      await eventually(() => probeRedis(redis));
    } finally {
      redis.disconnect();
      await proxy.stop();
      await Promise.all([old.stop(), present.stop()]);
    }
  });
});

async function makeReplica(server: ServerHandle, master: ServerHandle): Promise<void> {
  const operator = new Redis(server.url);
  await operator.replicaof("127.0.0.1", master.port);
  await operator.quit();
}
