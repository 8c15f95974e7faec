import { type ServerHandle, startRedis } from "@vigia/testkit";
import { createTracker } from "@vigia/tracker";
import { Redis } from "ioredis";
import { IDENTITIES_OF, makePasswords, OPERATOR, settingsOf } from "./identity.ts";
import { redisUsers } from "./redis.ts";
import { SERVICES, tasksOf } from "./service.ts";

/** As Redis and Valkey say it, the latter of a script in words of its own. */
const CANNOT = /NOPERM|can't access|No permissions/;
const passwords = makePasswords();
const clients = new Map<string, Redis>();
let redis: ServerHandle;

beforeAll(async () => {
  redis = await startRedis({ users: redisUsers(passwords) });
  for (const identity of IDENTITIES_OF.redis)
    clients.set(identity, new Redis(urlFor(identity), { disableClientInfo: true, enableReadyCheck: false }));
});
afterAll(async () => {
  for (const client of clients.values()) client.disconnect();
  await redis.stop();
});

function urlFor(identity: string): string {
  return settingsOf(identity, { nats: "", redis: redis.url, postgres: "" }, passwords).REDIS_URL;
}

function call(identity: string, command: string, ...values: string[]): Promise<unknown> {
  const client = clients.get(identity);
  if (!client) throw new Error(`there is no ${identity}`);
  return client.call(command, ...values);
}

test("who comes without a login may ask whether Redis is there, and nothing else", async () => {
  const nobody = new Redis(redis.url, { disableClientInfo: true, enableReadyCheck: false });
  await expect(nobody.ping()).resolves.toBe("PONG");
  for (const command of [["GET", "vigia:probe"], ["INFO"], ["SCAN", "0"], ["CONFIG", "GET", "*"]]) {
    await expect(nobody.call(command[0] ?? "", ...command.slice(1))).rejects.toThrow(/NOPERM|NOAUTH/);
  }
  nobody.disconnect();
});

const own = (name: string) => [
  `vigia:owner:${name}@host#1#x`,
  `vigia:running:${name}`,
  ...SERVICES.filter((service) => service.name === name)
    .flatMap((service) => tasksOf(service))
    .flatMap((task) => [
      `vigia:lock:${task}`,
      `vigia:fence:${task}`,
      `vigia:state:${task}`,
      `vigia:execution:${task}:1#1`,
    ]),
];

const WRITES = [["SET", "1"], ["DEL"], ["PEXPIRE", "1"], ["INCR"], ["HSET", "a", "b"], ["ZADD", "1", "a"]];
const KEEPERS = [
  ...[["FLUSHALL"], ["KEYS", "*"], ["CONFIG", "SET", "appendonly", "no"], ["ACL", "LIST"], ["SHUTDOWN"], ["MONITOR"]],
  ...[
    ["SUBSCRIBE", "x"],
    ["CLIENT", "LIST"],
    ["SCRIPT", "FLUSH"],
    ["REPLICAOF", "NO", "ONE"],
  ],
];

describe.each(SERVICES.map(({ name }) => name))("%s", (name) => {
  const others = SERVICES.filter((other) => other.name !== name).flatMap((other) => own(other.name));
  // The scheduler puts on record that it has skipped somebody's run.
  const foreign = name === "scheduler" ? others.filter((key) => !key.startsWith("vigia:execution:")) : others;

  test("has its own keys", async () => {
    for (const key of own(name)) {
      await expect(call(name, "SET", key, "1")).resolves.toBe("OK");
      await expect(call(name, "DEL", key)).resolves.toBe(1);
    }
  });

  test.each([
    ["by commands", (key: string) => WRITES.map(([command = "", ...values]) => [command, key, ...values])],
    ["by scripts that name it", (key: string) => [["EVAL", "return redis.call('SET', KEYS[1], '1')", "1", key]]],
    ["by scripts that do not", (key: string) => [["EVAL", `return redis.call('SET', '${key}', '1')`, "0"]]],
    // Who holds a lock, all may see.
    ["to look", (key: string) => (key.startsWith("vigia:lock:") ? [] : [["GET", key]])],
  ])("does not touch what is another's %s", async (_, callsOn) => {
    for (const [command = "", ...values] of [...foreign, "another:key", "vigia:new"].flatMap(callsOn)) {
      await expect(call(name, command, ...values)).rejects.toThrow(CANNOT);
    }
  });

  test("may not say what is for the keeper of the server", async () => {
    for (const [command = "", ...values] of KEEPERS) {
      await expect(call(name, command, ...values)).rejects.toThrow(CANNOT);
    }
  });

  test("has all that its tracker needs", async () => {
    const degraded: string[] = [];
    const [task] = SERVICES.filter((service) => service.name === name).flatMap(tasksOf);
    const tracker = createTracker({
      redis: urlFor(name),
      service: name,
      onDegraded: ({ reason }) => degraded.push(reason),
    });
    await tracker.start();
    await tracker.recover();
    if (task !== undefined) {
      await expect(tracker.acquireJobLock(task, 60)).resolves.toBe(true);
      await tracker.startJob(task, "one");
      await tracker.saveJobState(task, { at: 1 });
      await tracker.completeJob(task, "one", {});
      await expect(tracker.getLastExecution(task)).resolves.toMatchObject({ status: "completed" });
      await tracker.releaseJobLock(task);
    }
    await tracker.stop();
    expect(degraded).toEqual([]);
  });
});

test("the scheduler notes that it skipped a run of any job", async () => {
  const tracker = createTracker({ redis: urlFor("scheduler"), service: "scheduler" });
  await tracker.start();
  await tracker.skipJob("cleanup.expire-orders", "one", "paused");
  await expect(tracker.getLastExecution("cleanup.expire-orders")).resolves.toMatchObject({ status: "skipped" });
  await tracker.stop();
});

test("the operator looks, and changes nothing", async () => {
  await call("cleanup", "SET", "vigia:state:cleanup.expire-orders", "1");
  await expect(call(OPERATOR, "GET", "vigia:state:cleanup.expire-orders")).resolves.toBe("1");
  await expect(call(OPERATOR, "DEL", "vigia:state:cleanup.expire-orders")).rejects.toThrow(/NOPERM/);
  await expect(call(OPERATOR, "GET", "another:key")).rejects.toThrow(/NOPERM/);
});
