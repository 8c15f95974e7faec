import { createDatabase, type TestDatabase } from "@vigia/testkit";
import type { Pool } from "pg";
import { createDataSource } from "./data-source.ts";

let database: TestDatabase;

beforeAll(async () => {
  database = await createDatabase();
});
afterAll(() => database.drop());

it("outlives a connection that the server ends while it is handed over", async () => {
  const source = createDataSource({ url: database.url, applicationName: "handed-over" });
  await source.initialize();
  const { master } = source.driver as unknown as { readonly master: Pool };
  const ending = new Error("terminating connection due to administrator command");
  await new Promise<void>((resolve, reject) => {
    master.connect((error, client, release) => {
      if (error || !client) return reject(error);
      expect(() => client.emit("error", ending)).not.toThrow();
      release(ending);
      resolve();
    });
  });
  expect(await source.query("SELECT 1 AS one")).toEqual([{ one: 1 }]);
  await source.destroy();
});
