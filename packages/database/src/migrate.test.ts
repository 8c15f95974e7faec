import { createDatabase, type TestDatabase } from "@vigia/testkit";
import { Client } from "pg";
import { migrate } from "./migrate.ts";

describe("the migration", () => {
  let database: TestDatabase;
  beforeEach(async () => {
    database = await createDatabase();
  });
  afterEach(() => database.drop());

  it("does nothing the second time", async () => {
    expect(await migrate({ url: database.url })).toEqual([]);
  });

  it("finds what it did before, also for a role whose search path begins with our schema", async () => {
    const client = new Client({ connectionString: database.url });
    await client.connect();
    const { rows } = await client.query<{ name: string }>("SELECT current_database() AS name");
    await client.query(`ALTER DATABASE ${rows[0]?.name} SET search_path = vigia, public`);
    await client.end();
    expect(await migrate({ url: database.url })).toEqual([]);
  });
});
