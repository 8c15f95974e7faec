import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Database, openDatabase } from "@vigia/database";
import { createDatabase, type TestDatabase } from "@vigia/testkit";
import { EXIT } from "./exit.ts";
import { call } from "./testing/call.ts";

const [UNSECURED, WORTHLESS] = ["00000000-0000-4000-8000-0000000000a1", "00000000-0000-4000-8000-0000000000a2"];

let home: TestDatabase;
let database: Database;

beforeAll(async () => {
  home = await createDatabase();
  database = await openDatabase({ url: home.url, applicationName: "test", poolSize: 1 });
  // One that should have an escrow, and one of nothing, which is an issue already.
  await database.query(
    `INSERT INTO marketplace.orders (id, seller_id, buyer_id, seller_address, buyer_address, chain_id, token, amount,
            status, expires_at, created_at, updated_at)
     SELECT id::uuid, gen_random_uuid(), gen_random_uuid(), '0x01', '0x02', 1, '0x03', amount, status,
            now() + interval '1 day', now() - interval '1 day', now() - interval '1 day'
       FROM unnest($1::text[], $2::numeric[], $3::text[]) AS o (id, amount, status)`,
    [
      [UNSECURED, WORTHLESS],
      [5, 0],
      ["escrowed", "created"],
    ],
  );
  await database.query(
    `INSERT INTO vigia.issues (fingerprint, check_code, severity, entity_type, entity_id, status, evidence, first_seen, last_seen)
     VALUES ('AMOUNT_NOT_POSITIVE:order:' || $1, 'AMOUNT_NOT_POSITIVE', 'high', 'order', $1, 'open', '{}', now(), now())`,
    [WORTHLESS],
  );
});

afterAll(async () => {
  await database.close();
  await home.drop();
});

async function dryRun(...args: string[]) {
  const asked = call(["check", "run", "--dry-run", ...args], { environment: { DATABASE_URL: home.url } });
  return { exitCode: await asked.exitCode, stdout: asked.stdout(), stderr: asked.stderr() };
}

/** All that a run could leave behind. */
async function traces() {
  const { rows } = await database.query(
    `SELECT (SELECT jsonb_agg(i) FROM vigia.issues AS i) AS issues, (SELECT count(*) FROM vigia.issue_history) AS history,
            (SELECT count(*) FROM vigia.outbox) AS events, (SELECT count(*) FROM vigia.executions) AS runs,
            (SELECT count(*) FROM vigia.canaries) AS canaries`,
  );
  return rows;
}

test("tells what a run would open and what it knows, and leaves no trace", async () => {
  const before = await traces();
  const { exitCode, stdout } = await dryRun();
  expect(exitCode).toBe(EXIT.ok);
  expect(stdout).toMatch(new RegExp(`critical +ORDER_ESCROW_MISSING +order ${UNSECURED} +would be opened`));
  expect(stdout).toMatch(new RegExp(`high +AMOUNT_NOT_POSITIVE +order ${WORTHLESS} +is an issue already`));
  expect(stdout).toContain("Nothing was recorded.");
  expect(await traces()).toEqual(before);
});

test("has the named checks look alone, deep ones too", async () => {
  const { exitCode, stdout } = await dryRun("--check", "amount_not_positive", "HISTORY_ILLEGAL_TRANSITION", "--json");
  expect(exitCode).toBe(EXIT.ok);
  expect(JSON.parse(stdout)).toMatchObject({
    checks: ["AMOUNT_NOT_POSITIVE", "HISTORY_ILLEGAL_TRANSITION"],
    found: [{ check: "AMOUNT_NOT_POSITIVE", entityId: WORTHLESS, prospect: "known" }],
    incomplete: [],
  });
  const usual = JSON.parse((await dryRun("--json")).stdout).checks;
  const deep = JSON.parse((await dryRun("--deep", "--json")).stdout).checks;
  expect(usual).not.toContain("HISTORY_ILLEGAL_TRANSITION");
  expect(deep).toEqual(expect.arrayContaining([...usual, "HISTORY_ILLEGAL_TRANSITION"]));
  expect(await dryRun("--check", "NONE_SUCH")).toMatchObject({
    ...{ exitCode: EXIT.usage, stderr: expect.stringContaining("there is no check NONE_SUCH") },
  });
});

test("knows the checks of vigia.yaml, and says which could not look", async () => {
  const directory = mkdtempSync(join(tmpdir(), "vigia-check-"));
  try {
    const check = (query: string) => `{ severity: high, meaning: m, query: "${query}" }`;
    writeFileSync(
      join(directory, "vigia.yaml"),
      `consistency: { checks: { OWN_ONE: ${check("SELECT id AS entity_id, '{}'::jsonb AS evidence FROM marketplace.orders")},
                                OWN_BROKEN: ${check("SELECT nothing")} } }`,
    );
    const asked = call(["check", "run", "--dry-run", "--check", "OWN_ONE", "OWN_BROKEN", "--json"], {
      ...{ environment: { DATABASE_URL: home.url }, directory },
    });
    expect(await asked.exitCode).toBe(EXIT.failed);
    const { found, incomplete } = JSON.parse(asked.stdout());
    expect(found).toHaveLength(2);
    expect(incomplete).toEqual(["OWN_BROKEN"]);
    expect(asked.stderr()).toMatch(/^vigia: OWN_BROKEN: column "nothing" does not exist/);
  } finally {
    rmSync(directory, { recursive: true });
  }
});

test("Ctrl-C ends it, and says so by its exit code", async () => {
  const asked = call(["check", "run", "--dry-run"], { environment: { DATABASE_URL: home.url } });
  asked.interrupt();
  expect(await asked.exitCode).toBe(EXIT.interrupted);
  expect(asked.stdout()).toBe("");
});
