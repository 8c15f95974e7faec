import { randomUUID } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { type Database, openDatabase } from "@vigia/database";
import {
  commandSubject,
  disputeChanged,
  issueChanged,
  type OutgoingEvent,
  orderChanged,
  toHeaders,
} from "@vigia/messages";
import { type Bus, connectBus, type RunningService, startService } from "@vigia/runtime";
import {
  createDatabase,
  eventually,
  type ServerHandle,
  startNats,
  startRedis,
  type TestDatabase,
} from "@vigia/testkit";
import { notifications } from "./service.ts";

const SELLER = randomUUID();
const BUYER = randomUUID();
const OPERATOR = randomUUID();
const at = "2030-01-01T00:00:00Z";

let nats: ServerHandle;
let redis: ServerHandle;
let server: TestDatabase;
let database: Database;
let service: RunningService;
let bus: Bus;

beforeAll(async () => {
  [nats, redis, server] = await Promise.all([startNats(), startRedis(), createDatabase()]);
  database = await openDatabase({ url: server.url, applicationName: "notifications-test" });
  await database.query(
    `INSERT INTO marketplace.users (id, name, address, language, operator) VALUES
       ($1, 'Sara', '0x1', 'en', false), ($2, 'Benito', '0x2', 'es', false), ($3, 'Olga', '0x3', 'en', true)`,
    [SELLER, BUYER, OPERATOR],
  );
  service = await start();
  bus = await connectBus({ url: nats.url, name: "notifications-test", log: {} as never });
});
afterEach(() => database.query("TRUNCATE vigia.notifications, vigia.escrows, vigia.issues CASCADE"));
afterAll(async () => {
  await service.stop();
  await bus.close();
  await database.close();
  await Promise.all([nats.stop(), redis.stop(), server.drop()]);
});

function start(settings: Record<string, string> = {}) {
  const environment = { DATABASE_URL: server.url, REDIS_URL: redis.url, NATS_URL: nats.url, ...settings };
  return startService("notifications", notifications(), { ...environment, HTTP_PORT: "0", LOG_LEVEL: "fatal" });
}

/** Publishes under an id that the stream does not know, so that its own guard against repetition does not help. */
async function publish({ id, type, subject, data }: OutgoingEvent): Promise<void> {
  const headers = toHeaders({ id, source: "test", type, time: at });
  await bus.publish(subject, data, { ...headers, "Nats-Msg-Id": randomUUID() });
}

/** Until everything that was published before has been handled: a last event of each kind, which reaches the seller. */
async function settled(): Promise<void> {
  const { id } = await tell("created");
  await eventually(async () => (await told(id)).length === 1);
  await database.query(`DELETE FROM vigia.notifications WHERE event_id = $1`, [id]);
}

async function tell(
  status: "created" | "expired" | "cancelled" | "disputed" | "payment_sent",
  parties: Partial<Parameters<typeof orderChanged>[0]> = {},
): Promise<OutgoingEvent> {
  const base = { orderId: randomUUID(), previousStatus: "created" as const, sellerId: SELLER, buyerId: BUYER };
  const event = orderChanged({ ...base, status, reason: "its time passed", at, ...parties });
  await publish(event);
  return event;
}

async function told(eventId?: string) {
  const { rows } = await database.query<{ user_id: string; kind: string; title: string; data: { orderId: string } }>(
    `SELECT user_id, kind, title, data FROM vigia.notifications WHERE event_id = COALESCE($1, event_id)
      ORDER BY title COLLATE "C"`,
    [eventId ?? null],
  );
  return rows;
}

it("tells both parties of an expired order, each in their language", async () => {
  const { id, data } = await tell("expired");
  const rows = await eventually(async () => {
    const found = await told(id);
    return found.length === 2 && found;
  });
  expect(rows).toMatchObject([
    { user_id: BUYER, kind: "order-expired", title: "La orden ha caducado", data: { orderId: data.orderId } },
    { user_id: SELLER, kind: "order-expired", title: "The order has expired" },
  ]);
});

it("tells once of an event that comes twice, also across a restart", async () => {
  const event = await tell("expired");
  await publish(event);
  await settled();
  await service.stop();
  await publish(event);
  service = await start();
  await settled();
  expect(await told()).toHaveLength(2);
});

it("skips a user who is not there", async () => {
  await tell("expired", { buyerId: randomUUID() });
  await settled();
  expect((await told()).map(({ user_id }) => user_id)).toEqual([SELLER]);
});

it("corrects what a fork undid, once, and tells of a dispute anew that comes again", async () => {
  const orderId = randomUUID();
  const opening = { orderId, previousStatus: "payment_sent" } as const;
  const undone = { orderId, previousStatus: "disputed", source: "reorg" } as const;
  await tell("disputed", opening);
  await tell("payment_sent", undone);
  await tell("created", { ...undone, previousStatus: "cancelled" });
  await tell("disputed", opening);
  await settled();
  const kinds = (userId: string, rows: Awaited<ReturnType<typeof told>>) =>
    rows.filter(({ user_id }) => user_id === userId).map(({ kind }) => kind);
  const rows = await told();
  expect(kinds(SELLER, rows).toSorted()).toEqual(["dispute-opened", "dispute-opened", "order-undone"]);
  expect(kinds(OPERATOR, rows).toSorted()).toEqual(["dispute-to-watch", "dispute-to-watch", "order-undone"]);
});

it("tells the other party who cancelled", async () => {
  const orderId = randomUUID();
  await database.query(
    `INSERT INTO vigia.escrows (chain_id, contract, escrow_id, order_id, status, seller_address, buyer_address, token,
                                amount, balance, created_block, updated_block, updated_log, status_source, status_since)
     VALUES (1, '0x', '0x', $1, 'cancelled_by_seller', '0x', '0x', '0x', 1, 0, 1, 1, 0, 'event', now())`,
    [orderId],
  );
  await tell("cancelled", { orderId });
  await settled();
  expect((await told()).map(({ user_id }) => user_id)).toEqual([BUYER]);
});

it("tells of a dispute once, whether the order or the dispute says it first, and of a second one too", async () => {
  const orderId = randomUUID();
  const parties = { orderId, sellerId: SELLER, buyerId: BUYER };
  const openDispute = async () => {
    const disputeId = randomUUID();
    await database.query(
      "INSERT INTO marketplace.disputes (id, order_id, opened_by, status) VALUES ($1, $2, $3, 'opened')",
      [disputeId, orderId, BUYER],
    );
    const opened = disputeChanged({ ...parties, disputeId, status: "opened", winnerId: null, at });
    await publish(opened);
    await eventually(() => handled("notifications-disputes", opened.id));
    await settled();
    return (await told()).map(({ user_id }) => user_id).sort();
  };
  await tell("disputed", { orderId, previousStatus: "payment_sent" });
  await settled();
  const everybody = [SELLER, BUYER, OPERATOR];
  expect(await openDispute()).toEqual(everybody.toSorted());
  expect(await openDispute()).toEqual([...everybody, ...everybody].toSorted());
});

it("tells operators, and them alone, of what is critical, all of it in one message", async () => {
  await service.stop();
  service = await start({ NOTIFICATIONS_ALERT_WAIT_SECONDS: "1", NOTIFICATIONS_ALERT_INTERVAL_SECONDS: "0" });
  const issue = {
    severity: "critical" as const,
    check: "AMOUNT_MISMATCH",
    meaning: "the amounts differ",
    entityType: "order",
    evidence: {},
    occurrences: 1,
    firstSeen: at,
    lastSeen: at,
  };
  const becomes = async (change: "opened" | "updated" | "resolved", status: "open" | "resolved") => {
    await database.query(
      `INSERT INTO vigia.issues (fingerprint, check_code, severity, entity_type, entity_id, status, evidence, first_seen, last_seen)
       SELECT 'AMOUNT_MISMATCH:order:' || n, 'AMOUNT_MISMATCH', 'critical', 'order', n, $1, '{}', now(), now()
         FROM generate_series(1, 20) AS n
           ON CONFLICT (fingerprint) DO UPDATE SET status = excluded.status`,
      [status],
    );
    for (let n = 1; n <= 20; n += 1) {
      const [entityId, fingerprint] = [`${n}`, `AMOUNT_MISMATCH:order:${n}`];
      const summary = `order ${n}: ${issue.meaning}`;
      await publish(issueChanged({ change, ...issue, entityId, fingerprint, summary }));
    }
  };
  await becomes("opened", "open");
  await eventually(async () => (await told()).length === 1);
  await becomes("updated", "open");
  await becomes("resolved", "resolved");
  await eventually(async () => (await told()).length === 2);
  await settled();
  expect(await told()).toMatchObject([
    { user_id: OPERATOR, title: "Resolved: AMOUNT_MISMATCH", data: { resolved: 20 } },
    { user_id: OPERATOR, title: "critical: AMOUNT_MISMATCH", data: { opened: 20, open: 20, sample: { length: 10 } } },
  ]);
});

it("puts a malformed event among the dead letters, with the reason, and handles the next one", async () => {
  const headers = toHeaders({ id: randomUUID(), source: "test", type: "vigia.order", time: at });
  await bus.publish("vigia.event.order.expired.1", { orderId: 1, status: "gone" }, headers);
  const next = await tell("expired");
  await eventually(async () => (await told(next.id)).length === 2);
  const { rows } = await database.query<{ reason: string }>(
    `SELECT payload->>'reason' AS reason FROM vigia.outbox WHERE subject LIKE 'vigia.event.deadletter.added.%'`,
  );
  expect(rows).toHaveLength(1);
  expect(rows[0]?.reason).toMatch(/orderId: .*status: /);
});

async function command(name: "subscribe" | "unsubscribe", data: object) {
  const id = randomUUID();
  await bus.publish(commandSubject("notifications", name), data, { "ce-id": id, "Nats-Msg-Id": id });
  return eventually(async () => {
    const { rows } = await database.query<{ status: string; reason?: string }>(
      `SELECT payload->>'status' AS status, payload->>'reason' AS reason FROM vigia.outbox
        WHERE payload->>'commandId' = $1 AND payload->>'status' IN ('completed', 'rejected')`,
      [id],
    );
    const [answer] = rows;
    return answer !== undefined && answer;
  });
}

it("tells on a channel that the settings name, and refuses one that they do not", async () => {
  const bodies: { type: string; data: { userId: string } }[] = [];
  const receiver = createServer(async (request, response) => {
    bodies.push(JSON.parse(Buffer.concat(await request.toArray()).toString()));
    response.end();
  });
  await new Promise<void>((resolve) => receiver.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}`;
  const secret = `whsec_${Buffer.alloc(32, 1).toString("base64")}`;
  await service.stop();
  service = await start({ NOTIFICATIONS_WEBHOOK_URL: url, NOTIFICATIONS_WEBHOOK_SECRET: secret });

  await tell("expired");
  await eventually(() => bodies.length === 2);
  expect(bodies.map(({ data }) => data.userId).sort()).toEqual([SELLER, BUYER].sort());
  expect(await command("subscribe", { userId: SELLER, channel: "email", address: "sara@example.org" })).toEqual({
    status: "rejected",
    reason: expect.stringContaining("e-mail needs NOTIFICATIONS_SMTP_URL"),
  });
  expect(await command("subscribe", { userId: randomUUID(), channel: "webhook", address: url })).toMatchObject({
    status: "rejected",
    reason: expect.stringContaining("there is no user"),
  });
  const ofSeller = { userId: SELLER, channel: "webhook" };
  expect(await command("subscribe", { ...ofSeller, address: url })).toMatchObject({ status: "completed" });
  expect(await command("unsubscribe", ofSeller)).toMatchObject({ status: "completed" });
  expect(await command("unsubscribe", ofSeller)).toMatchObject({ status: "rejected" });

  await service.stop();
  service = await start();
  await tell("expired");
  await settled();
  expect(bodies).toHaveLength(2);
  await new Promise((resolve) => receiver.close(resolve));
});

it("does not start where messages would be repeated more often than they may be sent", async () => {
  await expect(start({ NOTIFICATIONS_ALERT_REPEAT_SECONDS: "299" })).rejects.toThrow(
    "NOTIFICATIONS_ALERT_REPEAT_SECONDS must not be less than NOTIFICATIONS_ALERT_INTERVAL_SECONDS",
  );
});

it("does not start with a webhook that nothing signs", async () => {
  await expect(start({ NOTIFICATIONS_WEBHOOK_URL: "http://127.0.0.1:1" })).rejects.toThrow(
    "NOTIFICATIONS_WEBHOOK_URL needs NOTIFICATIONS_WEBHOOK_SECRET",
  );
});

async function handled(consumer: string, messageId: string): Promise<boolean> {
  const { rowCount } = await database.query(
    `SELECT 1 FROM vigia.handled_messages WHERE consumer = $1 AND message_id = $2`,
    [consumer, messageId],
  );
  return rowCount > 0;
}
