import { type Database, openDatabase } from "@vigia/database";
import { createDatabase, type TestDatabase } from "@vigia/testkit";
import { plantCanary } from "./canary.ts";
import type { Check } from "./check.ts";
import { CHECKS, RUN_CHECKS } from "./checks/index.ts";
import { evaluate } from "./evaluate.ts";
import { type Sql, sql } from "./sql.ts";

let server: TestDatabase;
let database: Database;

beforeAll(async () => {
  server = await createDatabase();
  database = await openDatabase({ url: server.url, applicationName: "evaluate" });
});
afterAll(async () => {
  await database.close();
  await server.drop();
});

function checkOf(code: string, query: () => Sql): Check {
  const words = { meaning: "it is wrong", why: "It matters.", remedy: "Repair it." };
  return { code, severity: "high", ...words, entityType: "order", graceSeconds: 0, inhibits: [], query };
}

async function run(checks: readonly Check[], planted: string | null = "this run") {
  await database.query(`TRUNCATE vigia.canaries`);
  if (planted !== null) await plantCanary(database, "consistency.check", planted);
  const signal = new AbortController().signal;
  const log = { error: () => undefined } as never;
  const options = { checks, runChecks: RUN_CHECKS, run: "this run", followingGraceSeconds: 0, signal, log };
  const { findings, complete, failed } = await evaluate(database, options);
  return {
    findings: findings.map(({ fingerprint, evidence }) => ({ fingerprint, evidence })),
    complete: [...complete],
    failed,
  };
}

const sound = checkOf("SOUND", () => sql`SELECT 'a' AS entity_id, '{}'::jsonb AS evidence WHERE false`);
const broken = checkOf("BROKEN", () => sql`SELECT 1 / 0 AS entity_id, '{}'::jsonb AS evidence`);
const endless = checkOf(
  "ENDLESS",
  () => sql`SELECT n AS entity_id, '{}'::jsonb AS evidence FROM generate_series(1, 10001) AS n`,
);

it("recognises its canary, and tells nobody of it", async () => {
  const own = RUN_CHECKS.map(({ code }) => code);
  expect(await run([sound])).toEqual({ findings: [], complete: ["SOUND", ...own], failed: [] });
  expect((await run(CHECKS)).findings).toEqual([]);
});

it.each([
  ["of another run, as a copy that lags behind has it", "the run before"],
  ["that is not there", null],
])("is blind with a canary %s: that is a finding, and no check counts as complete", async (_, planted) => {
  const { findings, complete } = await run([sound], planted);
  expect(findings).toEqual([{ fingerprint: "CANARY_NOT_FOUND:service:consistency", evidence: {} }]);
  expect(complete).not.toContain("SOUND");
  expect(complete).toContain("CANARY_NOT_FOUND");
});

it("names the checks that failed, or found more than they may report, as findings", async () => {
  const { findings, complete, failed } = await run([broken, endless, sound]);
  expect(failed).toEqual(["BROKEN", "ENDLESS"]);
  expect(complete).not.toContain("BROKEN");
  expect(complete).not.toContain("ENDLESS");
  expect(complete).toContain("SOUND");
  expect(findings.slice(-2)).toEqual([
    { fingerprint: "CHECK_INCOMPLETE:check:BROKEN", evidence: { reason: "division by zero" } },
    { fingerprint: "CHECK_INCOMPLETE:check:ENDLESS", evidence: { reason: "it found more than 10000" } },
  ]);
  expect(findings).toHaveLength(10_002);
});
