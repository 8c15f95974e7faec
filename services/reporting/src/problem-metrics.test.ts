import { type Database, openDatabase } from "@vigia/database";
import { createLogger } from "@vigia/runtime";
import { createDatabase, type TestDatabase } from "@vigia/testkit";
import { Registry } from "prom-client";
import { measureProblems } from "./problem-metrics.ts";

const log = createLogger("problem-metrics-test", "fatal");

let holder: TestDatabase;
let database: Database;

beforeAll(async () => {
  holder = await createDatabase();
  database = await openDatabase({ url: holder.url, applicationName: "problem-metrics-test" });
});
afterAll(() => holder.drop());

it("tells what is wrong now, and where that is not known that it is not", async () => {
  const registry = new Registry();
  measureProblems({ database, metrics: { registry }, log });
  const told = async () => (await registry.metrics()).split("\n").filter((line) => line.startsWith("vigia_problem"));
  const of = (kind: string, level: string, about: string) =>
    `vigia_problem{kind="${kind}",level="${level}",about="${about}"} 1`;

  const first = await told();
  expect(first).toContain(of("service-missing", "critical", "cleanup"));
  expect(first).toContain(of("chain-never-synced", "warning", ""));
  expect(first).not.toContain(of("unknown", "critical", ""));

  await database.query(`INSERT INTO vigia.owners (owner, service, host, boot_id, pid, started_at, expires_at)
    VALUES ('one', 'cleanup', 'here', 'boot', 1, now(), now() + interval '1 hour')`);
  expect(await told()).not.toContain(of("service-missing", "critical", "cleanup"));

  // One of last month waits, whatever the feed still knows of it, and none that was put back does.
  const letter = `INSERT INTO vigia.dead_letters (id, sequence, consumer, subject, body, headers, reason, tries, at)
    VALUES ('letter', 1, 'c', 's', '', '{}', 'no reader', 3, now() - interval '30 days')`;
  await database.query(letter);
  expect(await told()).toContain(of("dead-letters", "warning", ""));
  await database.query("UPDATE vigia.dead_letters SET resolved_at = now()");
  expect(await told()).not.toContain(of("dead-letters", "warning", ""));

  await database.close();
  expect(await told()).toEqual([of("unknown", "critical", "")]);
});
