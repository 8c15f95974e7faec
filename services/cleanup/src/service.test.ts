import { randomUUID } from "node:crypto";
import { type Database, openDatabase } from "@vigia/database";
import { commandSubject, type TaskName, tickFor, tickId, tickSubject, toHeaders } from "@vigia/messages";
import { type Bus, connectBus, type RunningService, startService } from "@vigia/runtime";
import {
  createDatabase,
  eventually,
  readChainUntil,
  type ServerHandle,
  startNats,
  startRedis,
  type TestDatabase,
} from "@vigia/testkit";
import { BATCH } from "./batches.ts";
import { cleanup } from "./service.ts";

const HOUR_MS = 3_600_000;

let nats: ServerHandle;
let redis: ServerHandle;
let server: TestDatabase;
let database: Database;
let service: RunningService;
let bus: Bus;
let ticks = 0;

beforeAll(async () => {
  [nats, redis, server] = await Promise.all([startNats(), startRedis(), createDatabase()]);
  database = await openDatabase({ url: server.url, applicationName: "cleanup-test" });
  service = await startService("cleanup", cleanup, {
    DATABASE_URL: server.url,
    REDIS_URL: redis.url,
    NATS_URL: nats.url,
    HTTP_PORT: "0",
    LOG_LEVEL: "fatal",
  });
  bus = await connectBus({ url: nats.url, name: "cleanup-test", log: {} as never });
});
beforeEach(() => readChainUntil(database, new Date()));
afterEach(() =>
  database.query(
    `TRUNCATE marketplace.orders, marketplace.order_history, vigia.escrows, vigia.outbox, vigia.notifications,
              vigia.event_feed, vigia.issues, vigia.dead_letters, vigia.executions, vigia.handled_messages,
              vigia.chain_cursors, vigia.chain_blocks, vigia.downtimes, vigia.issue_history, vigia.deliveries,
              vigia.failed_tries, vigia.operator_actions, vigia.cleanup_reports`,
  ),
);
afterAll(async () => {
  await service.stop();
  await bus.close();
  await database.close();
  await Promise.all([nats.stop(), redis.stop(), server.drop()]);
});

/** Publishes a tick, each of an instant of its own, and gives the counts that its run told. */
async function run(task: TaskName, at = new Date(Date.now() + ticks++)) {
  const id = tickId(task, at);
  const headers = toHeaders({ id, source: "test", type: "vigia.tick", time: at.toISOString() });
  await eventually(async () => (await bus.publish(tickSubject(task), tickFor(task, at, false), headers)) !== "refused");
  return eventually(async () => {
    const { rows } = await database.query<{ counts: object }>(
      `SELECT payload->'counts' AS counts FROM vigia.outbox
        WHERE id = $1 || ':report' AND EXISTS (SELECT 1 FROM vigia.handled_messages WHERE message_id = $1)`,
      [id],
    );
    return rows[0]?.counts ?? false;
  });
}

/** Orders whose time passed `hours` ago. */
async function addOrders(count: number, { status = "created", depositTx = null as string | null, hours = 1 } = {}) {
  const { rows } = await database.query<{ id: string }>(
    `INSERT INTO marketplace.orders (id, seller_id, buyer_id, seller_address, buyer_address, chain_id, token, amount,
                                     trade_key, status, deposit_tx, expires_at)
     SELECT gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), '0x', '0x', 1, '0x', 1, gen_random_uuid()::text,
            $2, $3, $4
       FROM generate_series(1, $1)
     RETURNING id`,
    [count, status, depositTx, new Date(Date.now() - hours * HOUR_MS)],
  );
  return rows.map(({ id }) => id);
}

/** Sends a command and gives its end: what it told, or why it was rejected. */
async function command(name: string, data: object) {
  const id = randomUUID();
  const headers = toHeaders({ id, source: "test", type: "vigia.command", time: new Date().toISOString() });
  await bus.publish(commandSubject("cleanup", name), data, headers);
  return eventually(async () => {
    const { rows } = await database.query<{ end: object }>(
      `SELECT coalesce(payload->'result', payload->'reason') AS "end" FROM vigia.outbox
        WHERE id IN ($1 || ':completed', $1 || ':rejected')`,
      [id],
    );
    return rows[0]?.end ?? false;
  });
}

const hoursAgo = (hours: number) => new Date(Date.now() - hours * HOUR_MS).toISOString();

async function addEscrow(orderId: string, linked: boolean) {
  await database.query(
    `INSERT INTO vigia.escrows (chain_id, contract, escrow_id, order_id, status, seller_address, buyer_address, token,
                                amount, balance, created_block, updated_block, updated_log, status_source, status_since)
     SELECT 1, '0x', trade_key, CASE WHEN $2 THEN id END, 'pending_deposit', '0x', '0x', '0x', 1, 0, 1, 1, 0, 'event', now()
       FROM marketplace.orders WHERE id = $1`,
    [orderId, linked],
  );
}

async function expired(): Promise<string[]> {
  const { rows } = await database.query<{ id: string }>(
    `SELECT id FROM marketplace.orders WHERE status = 'expired' AND ended_at IS NOT NULL ORDER BY id`,
  );
  return rows.map(({ id }) => id);
}

async function count(what: string): Promise<unknown> {
  return (await database.query<{ count: number }>(`SELECT count(*) AS count FROM ${what}`)).rows[0]?.count;
}

describe("expire-orders", () => {
  it("ends what is due and holds no money, and nothing else", async () => {
    const due = await addOrders(2);
    await addOrders(1, { hours: -1 });
    await addOrders(1, { depositTx: "0x01" });
    await addOrders(1, { status: "deposit_pending" });
    await addOrders(1, { status: "payment_sent" });
    const [linked = "", unlinked = ""] = await addOrders(2);
    await addEscrow(linked, true);
    await addEscrow(unlinked, false);

    expect(await run("cleanup.expire-orders")).toEqual({ expired: 2 });
    expect(await expired()).toEqual(due.sort());
    const { rows } = await database.query(
      `SELECT payload->>'orderId' AS id, payload->>'previousStatus' AS before, payload->>'reason' AS reason
         FROM vigia.outbox WHERE subject LIKE 'vigia.event.order.expired.%' ORDER BY 1`,
    );
    expect(rows).toEqual(due.map((id) => ({ id, before: "created", reason: "its time passed without a deposit" })));
    expect(await count(`marketplace.order_history WHERE to_status = 'expired' AND actor = 'vigia'`)).toBe(2);
    const executions = await database.query(`SELECT result, items_processed FROM vigia.executions`);
    expect(executions.rows).toEqual([{ result: { expired: 2 }, items_processed: 2 }]);
  });

  it("does so in batches, and for more than one of them", async () => {
    const orders = 2 * BATCH + 1;
    await addOrders(orders);
    expect(await run("cleanup.expire-orders")).toEqual({ expired: orders });
    expect(await count(`vigia.outbox WHERE subject LIKE 'vigia.event.order.expired.%'`)).toBe(orders);
    expect(await count("marketplace.order_history")).toBe(orders);
  });

  it("ends each order once where two do it at once", async () => {
    await addOrders(500);
    const expire = () => database.transaction({ source: "test" }, (tx) => tx.orders.expireDue(new Date(), 200));
    const ended = (await Promise.all([expire(), expire(), expire(), expire()])).flatMap(({ orders }) => orders);
    expect(new Set(ended.map(({ orderId }) => orderId)).size).toBe(ended.length);
    expect(await count("marketplace.order_history")).toBe(ended.length);
  });

  it("ends nothing early because a clock elsewhere is ahead", async () => {
    await addOrders(1, { hours: -1 });
    expect(await run("cleanup.expire-orders", new Date("2199-01-01"))).toEqual({ expired: 0 });
  });
});

describe("an order whose chain is not read past its expiry", () => {
  it("does not end: its escrow may be there and not be known", async () => {
    const [, late] = [await addOrders(1, { hours: 3 }), await addOrders(1, { hours: 1 })];
    await database.query("UPDATE vigia.chain_blocks SET mined_at = $1", [hoursAgo(2)]);
    expect(await run("cleanup.expire-orders")).toEqual({ expired: 1 });

    await database.query("UPDATE vigia.chain_blocks SET mined_at = now()");
    expect(await run("cleanup.expire-orders")).toEqual({ expired: 1 });
    expect(await expired()).toContain(late[0]);
  });

  it("waits for the slowest contract of its chain, and no other", async () => {
    await addOrders(1);
    await readChainUntil(database, new Date(hoursAgo(5)), 2);
    await readChainUntil(database, new Date(hoursAgo(5)), 1);
    expect(await run("cleanup.expire-orders")).toEqual({ expired: 0 });
    await database.query("DELETE FROM vigia.chain_blocks WHERE chain_id = 1 AND mined_at > now() - interval '1 hour'");
    await database.query("UPDATE vigia.chain_blocks SET mined_at = now() WHERE chain_id = 1");
    expect(await run("cleanup.expire-orders")).toEqual({ expired: 0 });
    await database.query(
      "DELETE FROM vigia.chain_cursors AS c WHERE NOT EXISTS (SELECT FROM vigia.chain_blocks AS b WHERE b.contract = c.contract)",
    );
    expect(await run("cleanup.expire-orders")).toEqual({ expired: 1 });
  });

  it("waits where nothing of the chain is read yet", async () => {
    await addOrders(1);
    await database.query("TRUNCATE vigia.chain_cursors");
    expect(await run("cleanup.expire-orders")).toEqual({ expired: 0 });
  });
});

describe("a downtime", () => {
  it("gives what expired in it its whole length more, and a quarter of an hour", async () => {
    const [inside = ""] = await addOrders(1, { hours: 2.1 });
    const [before = ""] = await addOrders(1, { hours: 5 });
    const [after = ""] = await addOrders(1, { hours: 1 });
    const said = { from: hoursAgo(4), to: hoursAgo(2), reason: "the site was down" };
    expect(await command("record-downtime", said)).toEqual({ from: said.from, to: said.to });

    expect(await run("cleanup.expire-orders")).toEqual({ expired: 2 });
    expect(await expired()).toEqual([before, after].sort());
    const { rows } = await database.query<{ until: Date }>(
      "SELECT vigia.expiry_after_downtimes(expires_at) AS until FROM marketplace.orders WHERE id = $1",
      [inside],
    );
    expect(Math.round(((rows[0]?.until.getTime() ?? 0) - Date.now()) / 60_000)).toBe(-126 + 120 + 15);
  });

  it("that follows on another moves the expiry once more, and one that it overlaps does not", async () => {
    const at = (minutes: number) => new Date(Date.UTC(2026, 0, 1, 0, minutes));
    const add = (from: number, to: number) =>
      database.transaction({ source: "test" }, (tx) =>
        tx.downtimes.record({ cause: "marketplace", reason: "test", from: at(from), to: at(to) }),
      );
    const expiry = async (minutes: number) => {
      const { rows } = await database.query<{ at: Date }>("SELECT vigia.expiry_after_downtimes($1) AS at", [
        at(minutes),
      ]);
      return ((rows[0]?.at.getTime() ?? 0) - at(0).getTime()) / 60_000;
    };
    await add(60, 120);
    await add(70, 110);
    expect(await expiry(59)).toBe(59);
    expect(await expiry(60)).toBe(60 + 60 + 15);
    expect(await expiry(119)).toBe(119 + 60 + 15);
    expect(await expiry(120)).toBe(120);
    await add(130, 140);
    expect(await expiry(60)).toBe(60 + 60 + 15 + 10 + 15);
  });

  it("is refused where it can be none", async () => {
    expect(await command("record-downtime", { from: hoursAgo(1), to: hoursAgo(2), reason: "r" })).toMatch(/after from/);
    expect(await command("record-downtime", { from: hoursAgo(-1), reason: "r" })).toMatch(/still to come/);
    expect(await command("record-downtime", { from: hoursAgo(24 * 40), to: hoursAgo(1), reason: "r" })).toMatch(
      /30 days/,
    );
    expect(await count("vigia.downtimes")).toBe(0);
  });

  it("goes on record by itself when the chain was not read for more than ten minutes", async () => {
    const { rows } = await database.query<{ contract: string }>("SELECT contract FROM vigia.chain_cursors");
    const move = () =>
      database.transaction({ source: "test" }, (tx) =>
        tx.chain.moveCursor(
          { chainId: 1, contract: rows[0]?.contract ?? "", confirmations: 0 },
          { blockNumber: 1, blockHash: "0x01", headNumber: 1, finalizedNumber: -1, finalizedBy: "depth" },
        ),
      );
    await database.query("UPDATE vigia.chain_cursors SET updated_at = now() - interval '9 minutes'");
    await move();
    expect(await count("vigia.downtimes")).toBe(0);
    await database.query("UPDATE vigia.chain_cursors SET updated_at = now() - interval '11 minutes'");
    await move();
    await move();
    expect(await count("vigia.downtimes WHERE cause = 'chain-sync' AND ended_at - started_at > '11 minutes'")).toBe(1);
  });
});

describe("a preview", () => {
  it("counts what the task does then, and changes nothing", async () => {
    await addOrders(3);
    await addOrders(2, { hours: -1 });
    await database.query(
      `INSERT INTO vigia.handled_messages VALUES ('c', 'old', now() - interval '15 days'), ('c', 'young', now())`,
    );
    expect(await command("preview", { task: "expire-orders" })).toEqual({ expired: 3 });
    expect(await expired()).toEqual([]);
    expect(await run("cleanup.expire-orders")).toEqual({ expired: 3 });

    const previewed = await command("preview", { task: "purge-history" });
    expect(previewed).toMatchObject({ handledMessages: 1, outbox: 0 });
    expect(await run("cleanup.purge-history")).toEqual(previewed);
    expect(await command("preview", { task: "purge-notifications" })).toEqual({ notifications: 0 });
    expect(await command("preview", { task: "fly" })).toMatch(/expire-orders/);
  });
});

describe("purge-notifications", () => {
  it("deletes what is older than its retention, in batches, and keeps the rest", async () => {
    const add = (days: number, rows: number) =>
      database.query(
        `INSERT INTO vigia.notifications (id, user_id, kind, title, body, data, event_id, created_at)
         SELECT gen_random_uuid(), $1, 'k', 't', 'b', '{}', $2::int || ':' || n, now() - make_interval(days => $2::int)
           FROM generate_series(1, $3) AS n`,
        [randomUUID(), days, rows],
      );
    await add(91, BATCH + 1);
    await add(89, 3);
    expect(await run("cleanup.purge-notifications")).toEqual({ notifications: BATCH + 1 });
    expect(await count("vigia.notifications")).toBe(3);
    expect(await run("cleanup.purge-notifications", new Date("2199-01-01"))).toEqual({ notifications: 0 });
  });
});

describe("purge-history", () => {
  it("deletes what is old and done with, and keeps what is young or still needed", async () => {
    await database.query(`
      INSERT INTO vigia.executions (execution_id, job, service, status, started_at, ended_at, attempt, instance) VALUES
        ('old', 'j', 's', 'completed', now() - interval '91 days', now() - interval '91 days', 1, 'i'),
        ('young', 'j', 's', 'completed', now() - interval '91 days', now() - interval '89 days', 1, 'i'),
        ('running', 'j', 's', 'running', now() - interval '91 days', NULL, 1, 'i');
      INSERT INTO vigia.outbox (id, subject, source, aggregate, headers, payload, created_at, relayed_at) VALUES
        ('old', 's', 'test', 'a', '{}', '{}', now() - interval '15 days', now() - interval '15 days'),
        ('young', 's', 'test', 'a', '{}', '{}', now() - interval '15 days', now() - interval '13 days'),
        ('waiting', 's', 'test', 'a', '{}', '{}', now() - interval '15 days', NULL);
      INSERT INTO vigia.handled_messages VALUES ('c', 'old', now() - interval '15 days'), ('c', 'young', now());
      INSERT INTO vigia.failed_tries VALUES ('c', 'old', 1, now() - interval '91 days'), ('c', 'young', 1, now());
      INSERT INTO vigia.checkpoints VALUES
        ('t', 'old', '{}', now() - interval '91 days'), ('t', 'young', '{}', now() - interval '89 days');
      INSERT INTO vigia.event_feed (id, subject, source, payload, at) VALUES
        ('old', 's', 'test', '{}', now() - interval '31 days'), ('young', 's', 'test', '{}', now());
      INSERT INTO vigia.issues (fingerprint, check_code, severity, entity_type, entity_id, status, evidence, first_seen,
                                last_seen, resolved_at) VALUES
        ('old', 'C', 'low', 'order', '1', 'resolved', '{}', now(), now(), now() - interval '366 days'),
        ('young', 'C', 'low', 'order', '2', 'resolved', '{}', now(), now(), now()),
        ('open', 'C', 'low', 'order', '3', 'open', '{}', now() - interval '400 days', now(), NULL);
      INSERT INTO vigia.issue_history (fingerprint, change, at) VALUES
        ('old', 'opened', now() - interval '366 days'), ('young', 'opened', now());
      INSERT INTO vigia.dead_letters (sequence, consumer, subject, body, headers, reason, tries, at, resolved_at) VALUES
        (1, 'c', 's', '', '{}', 'r', 1, now() - interval '91 days', now() - interval '91 days'),
        (2, 'c', 's', '', '{}', 'r', 1, now() - interval '91 days', NULL);
      INSERT INTO vigia.operator_actions (command_id, operator, target, command, data, at) VALUES
        ('old', 'ana', 't', 'c', '{}', now() - interval '3651 days'), ('young', 'ana', 't', 'c', '{}', now());
      INSERT INTO vigia.cleanup_reports (message_id, task, execution_id, counts, at) VALUES
        ('old', 't', 'e', '{}', now() - interval '3651 days'), ('young', 't', 'e', '{}', now());
      INSERT INTO vigia.cancellations (message_id, execution_id, command_id, at) VALUES
        ('old', 'e', 'c', now() - interval '3651 days'), ('young', 'e', 'c', now())`);
    await addOrders(1, { status: "completed", hours: 24 * 4_000 });

    expect(await run("cleanup.purge-history")).toEqual({
      executions: 1,
      cancellations: 1,
      outbox: 1,
      handledMessages: 1,
      failedTries: 1,
      checkpoints: 1,
      eventFeed: 1,
      resolvedIssues: 1,
      issueHistory: 1,
      resolvedDeadLetters: 1,
      cleanupReports: 1,
      operatorActions: 1,
    });
    const { rows } = await database.query("SELECT task, counts->'operatorActions' AS gone FROM vigia.cleanup_reports");
    expect(rows).toEqual([
      { task: "t", gone: null },
      { task: "cleanup.purge-history", gone: 1 },
    ]);
    expect(await count(`vigia.executions WHERE execution_id IN ('young', 'running')`)).toBe(2);
    expect(await count(`vigia.outbox WHERE id IN ('young', 'waiting')`)).toBe(2);
    expect(await count(`vigia.handled_messages WHERE message_id = 'young'`)).toBe(1);
    expect(await count(`vigia.issues WHERE fingerprint IN ('young', 'open')`)).toBe(2);
    expect(await count("vigia.dead_letters")).toBe(1);
    expect(await count("vigia.cancellations WHERE message_id = 'young'")).toBe(1);
    expect(await count("vigia.operator_actions WHERE command_id = 'young'")).toBe(1);
    expect(await count(`vigia.checkpoints WHERE message_id = 'young'`)).toBe(1);
    expect(await count("marketplace.orders")).toBe(1);
  });
});
