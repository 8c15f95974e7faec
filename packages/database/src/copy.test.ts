import { createDatabase, type TestDatabase } from "@vigia/testkit";
import { type Database, openDatabase } from "./database.ts";

describe("copy", () => {
  let testDatabase: TestDatabase;
  let database: Database;

  beforeAll(async () => {
    testDatabase = await createDatabase();
    database = await openDatabase({ url: testDatabase.url, applicationName: "copy-test" });
    await database.query(`CREATE TABLE copied (position serial, text text, number bigint, json jsonb)`);
  });
  afterAll(async () => {
    await database.close();
    await testDatabase.drop();
  });

  it("brings every value as it is, in the order given", async () => {
    const texts = ["plain", "", "a\tb", "a\nb\r\n", "\\N", "\\.", "back\\slash\\", "ünï 漢字 🙂", '{"a":"\\n"}', null];
    await database.copy(
      "copied (text, number, json)",
      texts.map((text, index) => [text, index, JSON.stringify({ text })]),
    );
    const { rows } = await database.query(`SELECT text, number, json FROM copied ORDER BY position`);
    expect(rows).toEqual(texts.map((text, index) => ({ text, number: index, json: { text } })));
  });

  it("brings more than one chunk", async () => {
    await database.query(`TRUNCATE copied`);
    const rows = Array.from({ length: 3_000 }, (_, index) => ["x".repeat(500), index, "{}"]);
    await database.copy("copied (text, number, json)", rows);
    const { rows: counted } = await database.query(`SELECT count(*), sum(number)::bigint FROM copied`);
    expect(counted).toEqual([{ count: 3_000, sum: 4_498_500 }]);
  });

  it("says what is wrong, and leaves the connection usable", async () => {
    await expect(database.copy("copied (number)", [["no number"]])).rejects.toThrow(/invalid input syntax/);
    expect((await database.query(`SELECT 1 AS one`)).rows).toEqual([{ one: 1 }]);
  });
});
