import { openDatabase } from "@vigia/database";
import { createDatabase, type TestDatabase } from "@vigia/testkit";
import { Client } from "pg";
import { IDENTITIES_OF, loginOf, MARKETPLACE, makePasswords, OPERATOR, settingsOf } from "./identity.ts";
import { databaseAccess } from "./postgres.ts";

const REFUSED = /permission denied|row-level security|must be (owner|superuser)/;
const passwords = makePasswords();
const clients = new Map<string, Client>();
let database: TestDatabase;
let owner: Client;

beforeAll(async () => {
  database = await createDatabase();
  owner = await connect(database.url);
  // What was granted by mistake, or by an earlier version, does not stay.
  await owner.query(databaseAccess(passwords));
  await owner.query(`GRANT ALL ON vigia.issues, marketplace.orders TO "${loginOf("notifications")}"`);
  await owner.query("CREATE POLICY forgotten ON vigia.outbox FOR ALL USING (true) WITH CHECK (true)");
  await owner.query(databaseAccess(passwords));
  for (const identity of IDENTITIES_OF.postgres) {
    const settings = settingsOf(identity, { nats: "", redis: "", postgres: database.url }, passwords);
    clients.set(identity, await connect(settings.DATABASE_URL));
  }
  await owner.query(ROWS);
});
afterAll(async () => {
  await Promise.all([owner, ...clients.values()].map((client) => client.end()));
  await database.drop();
});

async function connect(connectionString: string): Promise<Client> {
  const client = new Client({ connectionString });
  await client.connect();
  return client;
}

/** Does it, and undoes it. How many rows it was about. */
async function attempt(identity: string, statement: string): Promise<number> {
  const client = clients.get(identity);
  if (!client) throw new Error(`there is no ${identity}`);
  await client.query("BEGIN");
  try {
    return (await client.query(statement)).rowCount ?? 0;
  } finally {
    await client.query("ROLLBACK");
  }
}

const ROWS = `
INSERT INTO marketplace.users (id, name, address) VALUES ('00000000-0000-0000-0000-000000000001', 'Ana', '0x01');
INSERT INTO marketplace.orders (id, seller_id, buyer_id, seller_address, buyer_address, chain_id, token, amount, status, expires_at)
VALUES ('00000000-0000-0000-0000-000000000002', '00000000-0000-0000-0000-000000000001', '00000000-0000-0000-0000-000000000001',
        '0x01', '0x02', 1, '0x03', 1, 'created', now());
INSERT INTO marketplace.order_history (order_id, to_status, actor) VALUES ('00000000-0000-0000-0000-000000000002', 'created', 'a');
INSERT INTO marketplace.disputes (id, order_id, opened_by, status)
VALUES ('00000000-0000-0000-0000-000000000004', '00000000-0000-0000-0000-000000000002', '00000000-0000-0000-0000-000000000001', 'opened');
INSERT INTO vigia.escrows (chain_id, contract, escrow_id, status, seller_address, buyer_address, token, amount, balance,
                           created_block, updated_block, updated_log, status_source, status_since)
VALUES (1, '0x', '1', 'funded', '0x01', '0x02', '0x03', 1, 1, 1, 1, 0, 'event', now());
INSERT INTO vigia.escrow_transitions (chain_id, contract, escrow_id, to_status, source, block_number) VALUES (1, '0x', '1', 'funded', 'event', 1);
INSERT INTO vigia.chain_logs (chain_id, block_number, log_index, block_hash, transaction_hash, contract, event, arguments, mined_at)
VALUES (1, 1, 0, '0x', '0x', '0x', 'e', '{}', now());
INSERT INTO vigia.executions (execution_id, job, service, status, started_at, attempt, instance)
VALUES ('running', 'consistency.check', 'consistency', 'running', now(), 1, 'consistency@h#1#a');
INSERT INTO vigia.executions (execution_id, job, service, status, started_at, ended_at, attempt, instance)
VALUES ('ended', 'consistency.check', 'consistency', 'completed', now(), now(), 1, 'consistency@h#1#a');
INSERT INTO vigia.outbox (id, subject, source, aggregate, headers, payload)
VALUES ('waiting', 'vigia.event.x', 'consistency', 'a', '{}', '{}');
INSERT INTO vigia.outbox (id, subject, source, aggregate, headers, payload, relayed_at)
VALUES ('told', 'vigia.event.x', 'consistency', 'a', '{}', '{}', now());
INSERT INTO vigia.job_locks VALUES ('consistency', 'consistency@h#1#a', 't', now(), now() + interval '1 hour');
INSERT INTO vigia.job_fences VALUES ('consistency', 7), ('cleanup.expire-orders', 3);
INSERT INTO vigia.owners (owner, service, host, pid, boot_id, expires_at)
VALUES ('consistency@h#1#a', 'consistency', 'h', 1, 'a', now() + interval '1 hour');
INSERT INTO vigia.issues (fingerprint, check_code, severity, entity_type, entity_id, status, evidence, first_seen, last_seen)
VALUES ('open', 'X', 'high', 'order', '1', 'open', '{}', now(), now()), ('old', 'X', 'high', 'order', '2', 'resolved', '{}', now(), now());
INSERT INTO vigia.dead_letters (id, sequence, consumer, subject, body, headers, reason, tries, at)
VALUES ('open', 1, 'consistency-check', 's', '', '{}', 'r', 1, now());
INSERT INTO vigia.notifications (id, user_id, kind, title, body, data, event_id)
VALUES ('00000000-0000-0000-0000-000000000003', '00000000-0000-0000-0000-000000000001', 'k', 't', 'b', '{}', 'e');
INSERT INTO vigia.failed_tries (consumer, message, tries) VALUES ('consistency-commands', 'm', 1);
INSERT INTO vigia.checkpoints VALUES
  ('consistency.check', 'new', '{}', now()), ('consistency.check', 'old', '{}', now() - interval '2 days');
INSERT INTO vigia.issue_history (fingerprint, change) VALUES ('open', 'opened');
INSERT INTO vigia.downtimes (cause, reason, started_at, ended_at) VALUES ('c', 'r', now() - interval '1 day', now());
INSERT INTO vigia.operator_actions (command_id, operator, target, command, data) VALUES ('a', 'ana', 't', 'c', '{}');
INSERT INTO vigia.schedules (task, cron) VALUES ('cleanup.expire-orders', '* * * * *');
`;

const event = (source: string) =>
  `INSERT INTO vigia.outbox (id, subject, source, aggregate, headers, payload)
   VALUES ('new', 'vigia.event.x', '${source}', 'a', '{}', '{}') ON CONFLICT (id) DO NOTHING`;
const run = (service: string, job: string, status = "running") =>
  `INSERT INTO vigia.executions (execution_id, job, service, status, started_at, ended_at, attempt, instance)
   VALUES ('new', '${job}', '${service}', '${status}', now(), ${status === "running" ? "NULL" : "now()"}, 1, 'i')`;
const handled = (consumer: string) => `INSERT INTO vigia.handled_messages VALUES ('${consumer}', 'm')`;
const failedTry = (consumer: string) =>
  `INSERT INTO vigia.failed_tries AS known (consumer, message, tries) VALUES ('${consumer}', 'm', 1)
   ON CONFLICT (consumer, message) DO UPDATE SET tries = known.tries + 1, failed_at = now() RETURNING tries`;
const purge = (table: string, condition = "true") =>
  `DELETE FROM vigia.${table} WHERE ctid = ANY(ARRAY(
     SELECT ctid FROM vigia.${table} WHERE ${condition} FOR UPDATE SKIP LOCKED))`;
const fence = (job: string) => `SELECT fence FROM vigia.job_fences WHERE job = '${job}' FOR SHARE`;
const beat = (service: string, owner = `${service}@h#2#b`) =>
  `INSERT INTO vigia.owners (owner, service, host, pid, boot_id, expires_at)
   VALUES ('${owner}', '${service}', 'h', 2, 'b', now()) ON CONFLICT (owner) DO UPDATE SET expires_at = excluded.expires_at`;

const services = IDENTITIES_OF.postgres.filter((identity) => identity !== OPERATOR && identity !== MARKETPLACE);

/** An act, and who may do it: everybody else is refused, or finds no row to do it to. */
const ACTS: readonly (readonly [act: string, by: readonly string[], statement: string])[] = [
  ...services.map((name) => [`tell an event of ${name}`, [name], event(name)] as const),
  ...services.map((name) => [`say that ${name} lives`, [name], beat(name)] as const),
  ["say that a dead process of consistency lives", [], beat("cleanup", "consistency@h#1#a")],
  ["have lost events told again", services, "UPDATE vigia.outbox SET relayed_at = NULL WHERE id = 'told'"],
  [
    "say that an event of consistency was told",
    ["consistency"],
    "UPDATE vigia.outbox SET relayed_at = now() WHERE id = 'waiting'",
  ],
  ["change what an event says", [], "UPDATE vigia.outbox SET payload = '{}'"],
  ["drop an event that waits", [], "DELETE FROM vigia.outbox WHERE id = 'waiting'"],
  ["purge an event that was told", ["cleanup"], "DELETE FROM vigia.outbox WHERE id = 'told'"],
  ["begin a run of consistency", ["consistency"], run("consistency", "consistency.check")],
  ["begin a run of its own job as consistency", [], run("consistency", "cleanup.expire-orders")],
  ["skip a run of any job", ["scheduler"], run("scheduler", "consistency.check", "skipped")],
  [
    "end a run of consistency",
    ["consistency"],
    "UPDATE vigia.executions SET status = 'failed', ended_at = now() WHERE execution_id = 'running'",
  ],
  [
    "rewrite a run that has ended",
    ["consistency"],
    "UPDATE vigia.executions SET error = '{}' WHERE execution_id = 'ended'",
  ],
  ["purge a run that has ended", ["cleanup"], purge("executions", "execution_id = 'ended'")],
  ["delete a run that is under way", [], "DELETE FROM vigia.executions WHERE execution_id = 'running'"],
  ["free a lock of consistency", ["consistency"], "DELETE FROM vigia.job_locks WHERE job = 'consistency'"],
  [
    "take a lock of cleanup",
    ["cleanup"],
    "INSERT INTO vigia.job_locks VALUES ('cleanup.expire-orders', 'o', 't', now(), now())",
  ],
  ["write under a fence of consistency", ["consistency"], fence("consistency")],
  ["write under a fence of cleanup", ["cleanup"], fence("cleanup.expire-orders")],
  [
    "raise a fence of consistency",
    ["consistency"],
    "UPDATE vigia.job_fences SET fence = fence + 1 WHERE job = 'consistency'",
  ],
  ["forget a fence", [], "DELETE FROM vigia.job_fences"],
  ["note a message of consistency as handled", ["consistency"], handled("consistency.check")],
  ["note an event of reporting as handled", ["reporting"], handled("reporting-feed")],
  ["note a command to the scheduler as handled", ["scheduler"], handled("deadletters-commands")],
  ["count a failed try of consistency", ["consistency"], failedTry("consistency-commands")],
  ["forget a failed try of consistency", ["consistency", "cleanup"], purge("failed_tries")],
  ["forget how far a run of consistency has come", ["consistency"], purge("checkpoints", "message_id = 'new'")],
  ["forget it of a run that ended", ["consistency", "cleanup"], purge("checkpoints", "message_id = 'old'")],
  [
    "say what became of a finding",
    ["consistency"],
    "INSERT INTO vigia.issue_history (fingerprint, change) VALUES ('open', 'snoozed')",
  ],
  ["forget what became of a finding", ["cleanup"], purge("issue_history")],
  ["change what became of a finding", [], "UPDATE vigia.issue_history SET change = ''"],
  ["plant a violation", ["consistency"], "INSERT INTO vigia.canaries (task, planted_for, amount) VALUES ('t', 'r', 0)"],
  [
    "put a downtime on record",
    ["chain-sync", "cleanup"],
    "INSERT INTO vigia.downtimes (cause, reason, started_at, ended_at) VALUES ('c', 'r', now() - interval '1 hour', now())",
  ],
  ["take back a downtime", [], "DELETE FROM vigia.downtimes"],
  [
    "say of which escrow a key speaks",
    ["chain-sync"],
    "INSERT INTO vigia.chain_links VALUES (1, 'c', 'escrow', 'k', 'e', 1, 1)",
  ],
  [
    "bury a message of consistency",
    ["consistency"],
    `INSERT INTO vigia.dead_letters (id, sequence, consumer, subject, body, headers, reason, tries, at) VALUES ('n', 1, 'consistency-check', 's', '', '{}', 'r', 1, now()) ON CONFLICT (id) DO NOTHING`,
  ],
  ["put a dead letter back", ["scheduler"], "UPDATE vigia.dead_letters SET resolved_at = now() WHERE id = 'open'"],
  ["delete a dead letter that is open", [], "DELETE FROM vigia.dead_letters WHERE id = 'open'"],
  ["find something", ["consistency"], "UPDATE vigia.issues SET status = 'open' WHERE fingerprint = 'open'"],
  ["drop a finding that is open", [], "DELETE FROM vigia.issues WHERE fingerprint = 'open'"],
  ["purge a finding that is resolved", ["cleanup"], "DELETE FROM vigia.issues WHERE fingerprint = 'old'"],
  [
    "write an escrow",
    ["chain-sync"],
    "INSERT INTO vigia.escrows (chain_id, contract, escrow_id, status, seller_address, buyer_address, token, amount, balance, created_block, updated_block, updated_log, status_source, status_since) VALUES (1, 'c', 'e', 'funded', 's', 'b', 't', 1, 1, 1, 1, 1, 'event', now())",
  ],
  [
    "move the chain's cursor",
    ["chain-sync"],
    "INSERT INTO vigia.chain_cursors (chain_id, contract, block_number, head_number) VALUES (1, 'c', 1, 1)",
  ],
  ["see which migrations are applied", [OPERATOR], "SELECT name FROM public.vigia_migrations LIMIT 1"],
  ["move an order", ["chain-sync", "cleanup", MARKETPLACE], "UPDATE marketplace.orders SET status = 'expired'"],
  ["change an order's amount", [MARKETPLACE], "UPDATE marketplace.orders SET amount = 2"],
  ["delete an order", [MARKETPLACE], "DELETE FROM marketplace.orders"],
  ["delete what became of an order", [MARKETPLACE], "DELETE FROM marketplace.order_history"],
  ["delete a dispute", [MARKETPLACE], "DELETE FROM marketplace.disputes"],
  ["delete an escrow", ["chain-sync"], "DELETE FROM vigia.escrows"],
  ["delete what became of an escrow", ["chain-sync"], "DELETE FROM vigia.escrow_transitions"],
  ["delete a log of the chain", ["chain-sync"], "DELETE FROM vigia.chain_logs"],
  ["make somebody an operator", [MARKETPLACE], "UPDATE marketplace.users SET operator = true"],
  ["read a user's name", [OPERATOR, MARKETPLACE], "SELECT name FROM marketplace.users"],
  ["read whom to tell", ["notifications", OPERATOR, MARKETPLACE], "SELECT id, language FROM marketplace.users"],
  [
    "read what users were told",
    ["notifications", "cleanup", "reporting", OPERATOR, MARKETPLACE],
    "SELECT body FROM vigia.notifications",
  ],
  ["read where users are told", ["notifications", OPERATOR], "SELECT max(address) FROM vigia.subscriptions"],
  ["mark a notification as read", [MARKETPLACE], "UPDATE vigia.notifications SET read_at = now()"],
  ["change what a user was told", [], "UPDATE vigia.notifications SET body = ''"],
  ["read the feed", ["reporting", "cleanup", OPERATOR], "SELECT count(*) FROM vigia.event_feed"],
  [
    "put what an operator did on record",
    ["reporting"],
    "INSERT INTO vigia.operator_actions (command_id, operator, target, command, data) VALUES ('n', 'ana', 't', 'c', '{}')",
  ],
  ["say what came of it", ["reporting"], "UPDATE vigia.operator_actions SET status = 'completed'"],
  ["say that another did it", [], "UPDATE vigia.operator_actions SET operator = 'bea'"],
  ["forget what an operator did, by its age", ["cleanup"], "DELETE FROM vigia.operator_actions"],
  ["stop a schedule", ["scheduler"], "UPDATE vigia.schedules SET paused = true"],
  ["read a dead letter's body", ["scheduler", "cleanup", "reporting", OPERATOR], "SELECT body FROM vigia.dead_letters"],
  ["make a table", [], "CREATE TABLE vigia.mine (id int)"],
  ["empty a table", [], "TRUNCATE vigia.outbox"],
  ["lift the rules", [], "ALTER TABLE vigia.outbox DISABLE ROW LEVEL SECURITY"],
  ["read passwords", [], "SELECT rolpassword FROM pg_authid"],
  ["make a role", [], "CREATE ROLE mine"],
  ["become the owner", [], "SET ROLE owner"],
  ["run a program", [], "COPY vigia.outbox TO PROGRAM 'true'"],
];

describe.each(IDENTITIES_OF.postgres)("%s", (identity) => {
  test.each(
    ACTS.map(([act, by, statement]) => [by.includes(identity) ? "may" : "may not", act, statement] as const),
  )("%s %s", async (may, _, statement) => {
    const outcome = await attempt(identity, statement).catch((error: Error) => error);
    if (may === "may") expect(outcome).toBe(1);
    else if (outcome !== 0) expect(outcome).toMatchObject({ message: expect.stringMatching(REFUSED) });
  });
});

test("a right that is missing is an error that says where rights are declared", async () => {
  const { DATABASE_URL: url } = settingsOf("reporting", { nats: "", redis: "", postgres: database.url }, passwords);
  const own = await openDatabase({ url, applicationName: "test" });
  const missing =
    "permission denied for table canaries: this login has no right to that. If its work needs it, packages/access/src/service.ts";
  await expect(own.query("SELECT FROM vigia.canaries")).rejects.toThrow(missing);
  await own.close();
});

/** Tables that `condition` holds for. One that a migration adds is here until `service.ts` or `postgres.ts` names it. */
async function tablesWhere(condition: string): Promise<string[]> {
  const { rows } = await owner.query<{ name: string }>(
    `SELECT relname AS name FROM pg_class WHERE relkind = 'r' AND relnamespace = 'vigia'::regnamespace AND ${condition}`,
  );
  return rows.map(({ name }) => name);
}

const WRITERS = `(SELECT count(*) FROM pg_roles
                   WHERE rolname LIKE 'vigia-%' AND has_any_column_privilege(rolname, pg_class.oid, 'INSERT'))`;

test("every table is somebody's to write", async () => {
  expect(await tablesWhere(`${WRITERS} = 0`)).toEqual([]);
});

test("every table that all write rules whose rows are whose; only the bus' marks are everybody's", async () => {
  expect(await tablesWhere(`${WRITERS} >= ${services.length} AND NOT relrowsecurity`)).toEqual(["bus_marks"]);
});
