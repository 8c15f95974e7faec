import { newMessageId, orderChanged, STREAMS } from "@vigia/messages";
import { defineTask } from "@vigia/runtime";
import {
  createDatabase,
  eventually,
  type ServerHandle,
  startNats,
  startRedis,
  type TestDatabase,
} from "@vigia/testkit";
import { openScene, type ServiceScene } from "./service-scene.ts";

const EXPIRE = "cleanup.expire-orders";
const TOO_LONG = 1_200_000;

describe("an event that the bus would not take", () => {
  let servers: ServerHandle[];
  let testDatabase: TestDatabase;
  let scene: ServiceScene;

  beforeAll(async () => {
    const [nats, redis] = await Promise.all([startNats(), startRedis()]);
    servers = [nats, redis];
    testDatabase = await createDatabase();
    scene = await openScene("cleanup", { databaseUrl: testDatabase.url, redisUrl: redis.url, natsUrl: nats.url });
  });
  afterAll(async () => {
    await scene.close();
    await Promise.all([...servers.map((server) => server.stop()), testDatabase.drop()]);
  });

  const orderId = newMessageId();
  const expired = (reason: string) => {
    const parties = { sellerId: newMessageId(), buyerId: newMessageId() };
    const at = new Date().toISOString();
    return orderChanged({ orderId, status: "expired", previousStatus: "created", reason, at, ...parties });
  };

  it("is refused together with its change, by name, size and limit", async () => {
    const task = defineTask(EXPIRE, async (context) => {
      await context.step(async (tx) => {
        await tx.query(`INSERT INTO effects (note) VALUES ('not without its event')`);
        await tx.emit(expired("x".repeat(TOO_LONG)));
      });
      return undefined;
    });
    await scene.start({ tasks: [task] });
    await scene.publishTick(EXPIRE);
    const [first] = await eventually(async () => {
      const executions = await scene.executions();
      expect(executions[0]?.status).toBe("failed");
      return executions;
    });
    expect(first?.error?.message).toMatch(
      new RegExp(`^event vigia.event.order.expired.${orderId} .* has 120\\d{4} bytes; the limit is 1000000$`),
    );
    expect(await scene.effects()).toEqual([]);
  });

  it("is set aside as a dead letter where it lies in the outbox already, and those behind it go on", async () => {
    await scene.database.transaction({ source: "cleanup" }, async (tx) => {
      await tx.emit([expired("small"), expired("behind it")]);
      await tx.query(
        `UPDATE vigia.outbox SET payload = jsonb_set(payload::jsonb, '{reason}', to_jsonb(repeat('x', $1::int)))
          WHERE payload->>'reason' = 'small'`,
        [TOO_LONG],
      );
    });
    await eventually(async () => {
      const { rows } = await scene.database.query(`SELECT 1 FROM vigia.outbox WHERE relayed_at IS NULL`);
      expect(rows).toEqual([]);
    });
    expect((await scene.deadLetters()).filter((reason) => /max_payload/.test(reason))).toEqual([
      expect.stringMatching(/^the event has 120\d{4} bytes, and the NATS server takes 1048576 \(max_payload\)$/),
    ]);
    expect(await scene.events()).toContain("vigia.event.deadletter.added.VIGIA_EVENTS");
    const subject = `vigia.event.order.expired.${orderId}`;
    const told = await scene.bus.manager.streams.getMessage(STREAMS.events.name, { last_by_subj: subject });
    expect(told?.string()).toContain("behind it");
  });
});
