import { createDatabase, eventually, type TestDatabase } from "@vigia/testkit";
import { Client } from "pg";
import { grant } from "./grant.ts";
import { makePasswords } from "./identity.ts";
import { databaseAccess } from "./postgres.ts";

const statements = databaseAccess(makePasswords());
let database: TestDatabase;
let busy: Client;

beforeAll(async () => {
  database = await createDatabase();
  busy = new Client({ connectionString: database.url });
  await busy.connect();
});
afterAll(async () => {
  await busy.end();
  await database.drop();
});

const waits = async () => {
  const { rows } = await busy.query<{ waits: number }>(
    `SELECT count(*)::int AS waits FROM pg_locks JOIN pg_stat_activity USING (pid)
      WHERE NOT granted AND application_name = 'vigia-access'`,
  );
  return rows[0]?.waits ?? 0;
};

it("gives each right though a service is in the way for longer than it waits, and keeps none from a table", async () => {
  await busy.query("BEGIN");
  await busy.query("LOCK TABLE vigia.issues IN ROW EXCLUSIVE MODE");
  const granted = grant(database.url, statements);
  await eventually(async () => expect(await waits()).toBe(1));
  // It gives up for a while, and lets the outbox go that it holds till then: else this service would wait for ever.
  await busy.query("SET LOCAL deadlock_timeout = '1min'");
  await busy.query("SELECT FROM vigia.outbox");
  await busy.query("COMMIT");
  await granted;
  const { rows } = await busy.query<{ count: number }>("SELECT count(*)::int AS count FROM pg_policies");
  expect(rows[0]?.count).toBeGreaterThan(0);
});

it("gives each right though somebody changes the same role meanwhile", async () => {
  await grant(database.url, statements);
  const { rows } = await busy.query<{ role: string }>(
    "SELECT rolname AS role FROM pg_roles WHERE rolname ~ 'reporting'",
  );
  await busy.query("BEGIN");
  await busy.query(`ALTER ROLE "${rows[0]?.role}" CONNECTION LIMIT 50`);
  const granted = grant(database.url, statements);
  await eventually(async () => expect(await waits()).toBe(1));
  await busy.query("COMMIT");
  await granted;
});

it("says what Postgres says where nobody is in the way", async () => {
  await expect(grant(database.url, "GRANT SELECT ON vigia.nothing TO PUBLIC")).rejects.toThrow(
    'relation "vigia.nothing" does not exist',
  );
});
