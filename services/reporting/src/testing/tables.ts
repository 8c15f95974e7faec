import { type Database, openDatabase, type Queryable } from "@vigia/database";
import { createDatabase, type TestDatabase } from "@vigia/testkit";

/** The migrated tables of a database of its own, with these rows, for all tests of the file that calls this. */
export function tablesOf(rows = ""): Queryable {
  let holder: TestDatabase;
  let database: Database;
  beforeAll(async () => {
    holder = await createDatabase();
    database = await openDatabase({ url: holder.url, applicationName: "test" });
    await database.query(rows);
  });
  afterAll(async () => {
    await database?.close();
    await holder?.drop();
  });
  return { query: (text, values) => database.query(text, values) };
}
