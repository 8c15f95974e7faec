import { createDatabase, type TestDatabase } from "@vigia/testkit";
import { Client } from "pg";
import { retention } from "./retention.ts";

let database: TestDatabase;
let sql: Client;

beforeAll(async () => {
  database = await createDatabase();
  sql = new Client({ connectionString: database.url });
  await sql.connect();
});
afterAll(async () => {
  await sql.end();
  await database.drop();
});

it("deletes the oldest first, and goes on where the batch before ended", async () => {
  await sql.query(
    `INSERT INTO vigia.handled_messages (consumer, message_id, handled_at)
     SELECT 'c', days, now() - make_interval(days => days, hours => -1) FROM generate_series(1, 9) AS days`,
  );
  const purge = (limit: number, from?: string) =>
    retention(sql as never).purge("handledMessages", { at: new Date(), days: 3 }, limit, from);
  const left = async () => {
    const { rows } = await sql.query<{ id: string }>("SELECT message_id AS id FROM vigia.handled_messages ORDER BY 1");
    return rows.map(({ id }) => id);
  };

  const first = await purge(2);
  expect(first).toMatchObject({ rows: 2 });
  expect(await left()).toEqual(["1", "2", "3", "4", "5", "6", "7"]);

  await sql.query("INSERT INTO vigia.handled_messages VALUES ('c', 'passed already', now() - interval '20 days')");
  const second = await purge(3, first.last ?? undefined);
  expect(second).toMatchObject({ rows: 3 });
  expect(await left()).toEqual(["1", "2", "3", "4", "passed already"]);
  expect(await purge(3)).toMatchObject({ rows: 2 });
  expect(await purge(3)).toEqual({ rows: 0, last: null });
});
