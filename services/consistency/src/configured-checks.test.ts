import { type Database, openDatabase } from "@vigia/database";
import { ConfigurationError } from "@vigia/runtime";
import { createDatabase, type TestDatabase } from "@vigia/testkit";
import { z } from "zod";
import { configuredChecks, validateConfigured } from "./configured-checks.ts";
import { lookWith, prepare } from "./evaluate.ts";
import { settings } from "./settings.ts";
import { createMarketplace, hoursAgo, type Marketplace } from "./testing/marketplace.ts";

const WITHOUT_KEY = `
  SELECT id AS entity_id, jsonb_build_object('orderId', id) AS evidence, updated_at AS since
    FROM marketplace.orders WHERE trade_key IS NULL -- no key
;
`;

let server: TestDatabase;
let database: Database;
let market: Marketplace;

beforeAll(async () => {
  server = await createDatabase();
  database = await openDatabase({ url: server.url, applicationName: "configured-checks" });
  market = createMarketplace(database);
});
afterEach(() => market.clear());
afterAll(async () => {
  await database.close();
  await server.drop();
});

/** As the settings read it, where every value is text. */
function configured(query: string, facts: Record<string, string> = {}) {
  const check = { severity: "high", meaning: "it has no key", query, ...facts };
  const read = settings.pick({ CONSISTENCY_CHECKS: true }).parse({ CONSISTENCY_CHECKS: { OWN_CHECK: check } });
  return read.CONSISTENCY_CHECKS;
}

async function problemsOf(query: string, facts: Record<string, string> = {}, taken: string[] = []) {
  try {
    await validateConfigured(database, configured(query, facts), taken);
  } catch (error) {
    if (error instanceof ConfigurationError) return error.problems;
    throw error;
  }
  return [];
}

async function run(query: string, facts: Record<string, string> = {}) {
  const options = { now: new Date(), followingGraceSeconds: 0, log: { error: () => undefined } as never };
  const [check] = configuredChecks(configured(query, facts));
  if (!check) throw new Error("no check was configured");
  const { findings, failure } = await database.snapshot(async (view) => {
    await prepare(view);
    return lookWith(view, check, options);
  });
  if (failure !== undefined) return failure;
  return findings.map(({ fingerprint, evidence }) => ({ fingerprint, evidence }));
}

it("finds what its query returns, after its grace", async () => {
  expect(await problemsOf(WITHOUT_KEY, { graceSeconds: "3600" })).toEqual([]);
  await market.order("created");
  const old = await market.order("created", { trade_key: null, updated_at: hoursAgo(2) });
  const young = await market.order("created", { trade_key: null, updated_at: hoursAgo(0.5) });
  const found = (orderId: string) => ({ fingerprint: `OWN_CHECK:order:${orderId}`, evidence: { orderId } });
  expect(await run(WITHOUT_KEY, { graceSeconds: "3600" })).toEqual([found(old)]);
  expect(await run(WITHOUT_KEY)).toEqual([old, young].sort().map(found));
});

it("takes evidence that is no object, and an entity that has no name, for what they are", async () => {
  expect(await run("SELECT NULL AS entity_id, '[1]'::jsonb AS evidence")).toEqual([
    { fingerprint: "OWN_CHECK:order:unknown", evidence: { evidence: [1] } },
  ]);
});

it("is given up after its time limit", async () => {
  const slow = "SELECT 'a' AS entity_id, jsonb_build_object('slept', pg_sleep(30)::text) AS evidence";
  expect(await run(slow, { timeLimitSeconds: "1" })).toMatch(/statement timeout/);
});

describe("is refused at start", () => {
  it("with line and column where its SQL is wrong", async () => {
    const query = "SELECT id AS entity_id,\n       evidens AS evidence\n  FROM marketplace.orders";
    expect(await problemsOf(query)).toEqual([
      'CONSISTENCY_CHECKS.OWN_CHECK.query: line 2, column 8: column "evidens" does not exist, at: evidens AS evidence',
    ]);
    expect(await problemsOf("SELECT 1\n  FORM x")).toEqual([expect.stringMatching(/line 2, column 8: syntax error/)]);
  });

  it.each([
    [
      "no evidence",
      "SELECT id AS entity_id FROM marketplace.orders",
      {},
      /returns entity_id and evidence .*"evidence"/,
    ],
    [
      "a grace, and no since",
      "SELECT '1' AS entity_id, '{}' AS evidence",
      { graceSeconds: "1" },
      /since where there is/,
    ],
    [
      "a second statement",
      "SELECT '1' AS entity_id, '{}' AS evidence) AS a; DELETE FROM marketplace.orders; --",
      {},
      /syntax|multiple commands/,
    ],
    [
      "one that ends our transaction",
      "SELECT '1' AS entity_id, '{}' AS evidence) AS a; COMMIT; DELETE FROM marketplace.orders; SELECT * FROM (SELECT 1",
      {},
      /multiple commands/,
    ],
    [
      "one that writes",
      "WITH gone AS (DELETE FROM marketplace.orders RETURNING id) SELECT id AS entity_id, '{}' AS evidence FROM gone",
      {},
      /data-modifying/,
    ],
    [
      "one that locks rows",
      "SELECT id AS entity_id, '{}' AS evidence FROM marketplace.orders FOR UPDATE",
      {},
      /in a read-only transaction/,
    ],
  ])("with %s", async (_, query, facts, problem) => {
    const orderId = await market.order("created");
    expect(await problemsOf(query, facts as Record<string, string>)).toEqual([expect.stringMatching(problem)]);
    const { rows } = await database.query("SELECT id FROM marketplace.orders");
    expect(rows).toEqual([{ id: orderId }]);
  });

  it("with the name of one of ours, an unknown key, or a name that no subject can hold", async () => {
    expect(await problemsOf(WITHOUT_KEY, {}, ["OWN_CHECK"])).toEqual([
      "CONSISTENCY_CHECKS.OWN_CHECK: there is a check of this name already",
    ]);
    expect(() => configured(WITHOUT_KEY, { grace: "1" })).toThrow(z.ZodError);
    const spaced = { "MY CHECK": configured(WITHOUT_KEY).OWN_CHECK };
    expect(() => settings.pick({ CONSISTENCY_CHECKS: true }).parse({ CONSISTENCY_CHECKS: spaced })).toThrow(z.ZodError);
  });
});
