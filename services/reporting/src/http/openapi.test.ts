import { type Database, openDatabase } from "@vigia/database";
import { createDatabase, type TestDatabase } from "@vigia/testkit";
import fastify from "fastify";
import { settings } from "../settings.ts";
import { serveApi } from "./api.ts";

let holder: TestDatabase;
let database: Database;

beforeAll(async () => {
  holder = await createDatabase();
  database = await openDatabase({ url: holder.url, applicationName: "test" });
});
afterAll(async () => {
  await database.close();
  await holder.drop();
});

interface Document {
  readonly paths: Record<
    string,
    Record<string, { parameters: { name: string; schema: object }[]; requestBody?: object }>
  >;
}

it("describes every route that is served, and no other", async () => {
  const app = fastify();
  const served: string[] = [];
  app.addHook("onRoute", ({ method, url }) => {
    const path = url.replace(/^\/api/, "").replace(/:(\w+)/g, "{$1}");
    if (method !== "HEAD") served.push(`${String(method).toLowerCase()} ${path}`);
  });
  // What the document is made from asks nobody: neither the bus nor a lock.
  await serveApi(app, { settings: settings.parse({}), database, bus: undefined as never, tracker: undefined as never });
  const document = (await app.inject("/api/openapi.json")).json<Document>();
  const described = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method} ${path}`),
  );
  expect(described.sort()).toEqual(served.sort());
  expect(document.paths["/runs"]?.get?.parameters).toContainEqual({
    name: "status",
    in: "query",
    schema: { type: "string", enum: ["running", "completed", "failed", "recovered", "skipped", "cancelled"] },
  });
  expect(document.paths["/commands"]?.post?.requestBody).toMatchObject({
    content: { "application/json": { schema: { required: ["target", "command", "data"] } } },
  });
  await app.close();
});
