import { randomUUID } from "node:crypto";
import { type Database, openDatabase } from "@vigia/database";
import { commandSubject, tickFor, tickId, tickSubject, toHeaders } from "@vigia/messages";
import { type Bus, connectBus, type RunningService, startService } from "@vigia/runtime";
import {
  createDatabase,
  eventually,
  type ServerHandle,
  startNats,
  startRedis,
  type TestDatabase,
} from "@vigia/testkit";
import type { Check } from "./check.ts";
import { CHECKS } from "./checks/index.ts";
import { consistency } from "./service.ts";
import { type Sql, sql } from "./sql.ts";
import { createMarketplace, type Marketplace } from "./testing/marketplace.ts";

let nats: ServerHandle;
let redis: ServerHandle;
let server: TestDatabase;
let database: Database;
let bus: Bus;
let market: Marketplace;
const running = new Set<RunningService>();
let ticks = 0;

function checkOf(code: string, query: Sql): Check {
  const words = { meaning: "it is wrong", why: "It matters.", remedy: "Repair it." };
  return { code, severity: "low", ...words, entityType: "order", graceSeconds: 0, inhibits: [], query: () => query };
}

const broken = checkOf(
  "BROKEN",
  sql`SELECT o.id AS entity_id, '{}'::jsonb AS evidence FROM marketplace.orders AS o WHERE 1 / 0 = 1`,
);

beforeAll(async () => {
  [nats, redis, server] = await Promise.all([startNats(), startRedis(), createDatabase()]);
  database = await openDatabase({ url: server.url, applicationName: "consistency-test" });
  market = createMarketplace(database);
});
afterEach(async () => {
  await Promise.all([...running].map((service) => service.stop()));
  running.clear();
  await market.clear();
  await database.query("TRUNCATE vigia.issues, vigia.issue_history, vigia.outbox");
});
afterAll(async () => {
  await bus?.close();
  await database.close();
  await Promise.all([nats.stop(), redis.stop(), server.drop()]);
});

async function start(
  checks: readonly Check[] = CHECKS,
  settings: Record<string, string> = {},
): Promise<RunningService> {
  const service = await startService("consistency", consistency(checks), {
    DATABASE_URL: server.url,
    REDIS_URL: redis.url,
    NATS_URL: nats.url,
    HTTP_PORT: "0",
    LOG_LEVEL: "fatal",
    ...settings,
  });
  running.add(service);
  bus ??= await connectBus({ url: nats.url, name: "consistency-test", log: {} as never });
  return service;
}

/** Publishes a tick, each of an instant of its own, and waits until its run has told what it came to. */
async function check(task: "consistency.check" | "consistency.deep-check" = "consistency.check") {
  const at = new Date(Date.UTC(2030, 0, 1, 0, ticks++));
  const id = tickId(task, at);
  const time = at.toISOString();
  const headers = toHeaders({ id, source: "test", type: "vigia.tick", time });
  await eventually(async () => (await bus.publish(tickSubject(task), tickFor(task, at, false), headers)) !== "refused");
  return eventually(async () => {
    const { rows } = await database.query<{ payload: { failedChecks: string[]; open: number; opened: number } }>(
      `SELECT payload FROM vigia.outbox WHERE id = $1`,
      [`${id}:report`],
    );
    const done = await database.query(`SELECT 1 FROM vigia.handled_messages WHERE message_id = $1`, [id]);
    return done.rowCount > 0 && (rows[0]?.payload ?? false);
  });
}

async function told(): Promise<string[]> {
  const { rows } = await database.query<{ said: string }>(
    `SELECT (payload->>'change') || ' ' || (payload->>'check') || ' ' || (payload->>'occurrences') AS said
       FROM vigia.outbox WHERE subject LIKE 'vigia.event.consistency-issue.%' ORDER BY position`,
  );
  return rows.map(({ said }) => said);
}

async function entitiesTold(change: string): Promise<string[]> {
  const { rows } = await database.query<{ id: string }>(
    `SELECT payload->>'entityId' AS id FROM vigia.outbox
      WHERE subject LIKE 'vigia.event.consistency-issue.%' AND payload->>'change' = $1`,
    [change],
  );
  return rows.map(({ id }) => id);
}

it("opens, updates, resolves and opens again, each told once, whatever restarts in between", async () => {
  await start();
  const orderId = await market.order("escrowed");
  expect(await check()).toMatchObject({ opened: 1, open: 1, failedChecks: [] });
  expect(await told()).toEqual(["opened ORDER_ESCROW_MISSING 1"]);

  await check();
  for (const service of running) await service.stop();
  await start();
  await check();
  expect(await told()).toHaveLength(1);

  await database.query(`UPDATE marketplace.orders SET trade_key = '0x01' WHERE id = $1`, [orderId]);
  await check();
  await market.escrow(orderId, "locked");
  await check();
  await database.query(`TRUNCATE vigia.escrows, vigia.chain_logs`);
  await check();
  expect(await told()).toEqual([
    "opened ORDER_ESCROW_MISSING 1",
    "updated ORDER_ESCROW_MISSING 1",
    "resolved ORDER_ESCROW_MISSING 1",
    "opened ORDER_ESCROW_MISSING 2",
  ]);
  const { rows } = await database.query(`SELECT status, occurrences, resolved_at, entity_id FROM vigia.issues`);
  expect(rows).toEqual([{ status: "open", occurrences: 2, resolved_at: null, entity_id: orderId }]);
});

it("says in words what is wrong, on a subject that tells how bad it is", async () => {
  await start();
  const orderId = await market.trade("completed", "locked");
  await check();
  const { rows } = await database.query<{ subject: string; payload: object }>(
    `SELECT subject, payload FROM vigia.outbox WHERE subject LIKE 'vigia.event.consistency-issue.%'`,
  );
  expect(rows[0]?.subject).toBe("vigia.event.consistency-issue.opened.critical.ORDER_COMPLETED_ESCROW_OPEN");
  expect(rows[0]?.payload).toMatchObject({
    summary: `order ${orderId}: the order is completed, but its escrow was not released to the buyer`,
    fingerprint: `ORDER_COMPLETED_ESCROW_OPEN:order:${orderId}`,
    evidence: { orderId, orderStatus: "completed", escrowStatus: "locked" },
  });
});

it("goes on where a check fails, names it, and resolves nothing of it", async () => {
  const orderId = await market.order("created");
  await database.query(
    `INSERT INTO vigia.issues (fingerprint, check_code, severity, entity_type, entity_id, status, evidence, first_seen,
                               last_seen)
     VALUES ('BROKEN:order:1', 'BROKEN', 'low', 'order', '1', 'open', '{}', now(), now())`,
  );
  await start([broken, ...CHECKS]);
  await database.query(`UPDATE marketplace.orders SET amount = 0 WHERE id = $1`, [orderId]);
  expect(await check()).toMatchObject({ failedChecks: ["BROKEN"], open: 3 });
  expect(await told()).toEqual(["opened AMOUNT_NOT_POSITIVE 1", "opened CHECK_INCOMPLETE 1"]);
});

it("tells what it finds beyond what it holds at a time, each once, and resolves it there", async () => {
  // Those of the first page may still come right, and open nothing.
  const [held, beyond] = [10_000, 50];
  const many: Check = {
    ...checkOf(
      "MANY",
      sql`SELECT lpad(n::text, 6, '0') AS entity_id, '{}'::jsonb AS evidence,
                 now() - CASE WHEN n > ${held}::int THEN interval '1 day' ELSE interval '0' END AS since
            FROM generate_series(1, ${held + beyond}::int) AS n
           WHERE n <> ${held}::int + (SELECT count(*) FROM marketplace.disputes) OR n = ${held}::int`,
    ),
    graceSeconds: "following",
  };
  await start([many]);
  expect(await check()).toMatchObject({ opened: beyond, open: beyond, failedChecks: [] });
  expect(new Set(await entitiesTold("opened")).size).toBe(beyond);
  await market.dispute(await market.order("created"), "opened");
  expect(await check()).toMatchObject({ opened: 0, open: beyond - 1 });
  expect(await entitiesTold("resolved")).toEqual(["010001"]);
});

it("leaves the deep checks, and their issues, to the deep check", async () => {
  await start();
  const orderId = await market.order("created");
  await market.history(orderId, "created", { from_status: "completed" });
  expect(await check()).toMatchObject({ opened: 0 });
  expect(await check("consistency.deep-check")).toMatchObject({ opened: 1 });
  expect(await check()).toMatchObject({ opened: 0, open: 1 });
  expect(await told()).toEqual(["opened HISTORY_ILLEGAL_TRANSITION 1"]);
});

it("runs a check that the settings add, tells of its issues as of others, and takes what operators say of them", async () => {
  const query = `SELECT id AS entity_id, jsonb_build_object('orderId', id) AS evidence
                   FROM marketplace.orders WHERE trade_key IS NULL`;
  const [severity, meaning] = ["high", "the order has no trade key"];
  const own = { KEYLESS: { severity, meaning, query }, KEYLESS_EVER: { severity, meaning, query, schedule: "deep" } };
  await start([], { CONSISTENCY_CHECKS: JSON.stringify(own) });
  const orderId = await market.order("created", { trade_key: null });
  expect(await check()).toMatchObject({ opened: 1, failedChecks: [] });
  expect(await command("acknowledge", { check: "KEYLESS" })).toEqual({ acknowledged: 1 });
  expect(await check("consistency.deep-check")).toMatchObject({ opened: 1, open: 2 });
  await database.query(`UPDATE marketplace.orders SET trade_key = '0x1' WHERE id = $1`, [orderId]);
  await check();
  expect(await told()).toEqual([
    "opened KEYLESS 1",
    "acknowledged KEYLESS 1",
    "opened KEYLESS_EVER 1",
    "resolved KEYLESS 1",
  ]);
  const { rows } = await database.query<{ summary: string }>(
    `SELECT payload->>'summary' AS summary FROM vigia.outbox WHERE subject LIKE '%.opened.high.KEYLESS'`,
  );
  expect(rows).toEqual([{ summary: `order ${orderId}: the order has no trade key` }]);
});

/** Sends a command and gives its end: what it told, or why it was rejected. */
async function command(name: string, data: object) {
  const id = randomUUID();
  const headers = toHeaders({ id, source: "test", type: "vigia.command", time: new Date().toISOString() });
  await bus.publish(commandSubject("consistency", name), data, headers);
  return eventually(async () => {
    const { rows } = await database.query<{ end: object }>(
      `SELECT coalesce(payload->'result', payload->'reason') AS "end" FROM vigia.outbox
        WHERE id IN ($1 || ':completed', $1 || ':rejected')`,
      [id],
    );
    return rows[0]?.end ?? false;
  });
}

it("takes what operators say of issues, tells it once, and keeps it on record", async () => {
  await start(CHECKS.filter(({ code }) => code === "ORDER_ESCROW_MISSING"));
  const orderId = await market.order("escrowed");
  const otherId = await market.order("escrowed");
  await check();
  const fingerprint = `ORDER_ESCROW_MISSING:order:${orderId}`;
  const otherFingerprint = `ORDER_ESCROW_MISSING:order:${otherId}`;
  const until = new Date(Date.now() + 3_600_000).toISOString();

  expect(await command("acknowledge", { fingerprint, reason: "asked" })).toEqual({ acknowledged: 1 });
  expect(await command("acknowledge", { fingerprint })).toMatch(/no issue ORDER_ESCROW_MISSING:order:.* acknowledged/);
  expect(await command("snooze", { check: "ORDER_ESCROW_MISSING", until })).toEqual({ snoozed: 2 });
  expect(await command("snooze", { fingerprint, until: "2020-01-01T00:00:00Z" })).toMatch(/has passed/);
  expect(await check()).toMatchObject({ opened: 0, open: 2 });

  await database.query("UPDATE vigia.issues SET snoozed_until = now() WHERE fingerprint = $1", [fingerprint]);
  expect(await check()).toMatchObject({ opened: 0, open: 2 });
  expect(await command("reopen", { check: "ORDER_ESCROW_MISSING" })).toEqual({ reopened: 1 });
  expect(await command("acknowledge", { fingerprints: [fingerprint, otherFingerprint] })).toEqual({ acknowledged: 2 });
  expect(await command("reopen", { fingerprints: [fingerprint, otherFingerprint] })).toEqual({ reopened: 2 });
  expect(await command("reopen", { fingerprints: [fingerprint, "none"] })).toMatch(
    /, nor 1 more, that can be reopened/,
  );
  const { rows } = await database.query(
    `SELECT change, reason, command_id IS NOT NULL AS "isSaid" FROM vigia.issue_history WHERE fingerprint = $1 ORDER BY id`,
    [fingerprint],
  );
  expect(rows).toEqual([
    { change: "opened", reason: null, isSaid: false },
    { change: "acknowledged", reason: "asked", isSaid: true },
    { change: "snoozed", reason: null, isSaid: true },
    { change: "reopened", reason: null, isSaid: false },
    { change: "acknowledged", reason: null, isSaid: true },
    { change: "reopened", reason: null, isSaid: true },
  ]);
  const open = await database.query("SELECT status, snoozed_until FROM vigia.issues");
  expect(open.rows).toEqual([
    { status: "open", snoozed_until: null },
    { status: "open", snoozed_until: null },
  ]);
  expect((await told()).filter((said) => !said.startsWith("opened"))).toHaveLength(9);
});

it("leaves acknowledged what somebody acknowledged, until it is gone", async () => {
  await start();
  const orderId = await market.order("escrowed");
  await check();
  await database.query(`UPDATE vigia.issues SET status = 'acknowledged'`);
  await database.query(`UPDATE marketplace.orders SET status = 'releasing' WHERE id = $1`, [orderId]);
  await check();
  const { rows } = await database.query(`SELECT status, evidence->>'orderStatus' AS order FROM vigia.issues`);
  expect(rows).toEqual([{ status: "acknowledged", order: "releasing" }]);
});
