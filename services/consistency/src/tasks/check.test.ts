import { type Database, openDatabase } from "@vigia/database";
import { createDatabase, type TestDatabase } from "@vigia/testkit";
import type { Check } from "../check.ts";
import { RUN_CHECKS } from "../checks/index.ts";
import { type Sql, sql } from "../sql.ts";
import { runToEnd } from "../testing/runs.ts";
import { deepCheck } from "./check.ts";

/** More than is held at a time. */
const MANY = 10_050;

let server: TestDatabase;
let database: Database;

beforeAll(async () => {
  server = await createDatabase();
  database = await openDatabase({ url: server.url, applicationName: "check" });
});
afterEach(async () => {
  await database.query("TRUNCATE vigia.issues, vigia.issue_history, vigia.withheld_findings, vigia.outbox");
});
afterAll(async () => {
  await database.close();
  await server.drop();
});

function checkOf(code: string, query: Sql | (() => Sql), facts: Partial<Check> = {}): Check {
  const words = { meaning: "it is wrong", why: "It matters.", remedy: "Repair it." };
  const asked = typeof query === "function" ? query : () => query;
  return {
    code,
    severity: "high",
    ...words,
    entityType: "order",
    graceSeconds: 0,
    inhibits: [],
    query: asked,
    ...facts,
  };
}

/** Finds trades by their numbers, six digits each. */
function trades(from: number, to: number, since = sql`now() - interval '1 day'`): Sql {
  return sql`SELECT lpad(n::text, 6, '0') AS entity_id, jsonb_build_object('orderId', lpad(n::text, 6, '0')) AS evidence,
                    ${since} AS since
               FROM generate_series(${from}::int, ${to}::int) AS n`;
}

const run = (checks: readonly Check[], options: Parameters<typeof runToEnd>[2] = {}) =>
  runToEnd(database, deepCheck({ checks, followingGraceSeconds: 600 }), options);

async function told(): Promise<string[]> {
  const { rows } = await database.query<{ said: string }>(
    `SELECT (payload->>'change') || ' ' || (payload->>'check') || ' ' || count(*) || ' ' || count(DISTINCT payload->>'entityId')
              AS said
       FROM vigia.outbox WHERE subject LIKE 'vigia.event.consistency-issue.%'
      GROUP BY payload->>'change', payload->>'check' ORDER BY min(position)`,
  );
  return rows.map(({ said }) => said);
}

async function reports(): Promise<object[]> {
  const { rows } = await database.query<{ payload: object }>(
    "SELECT payload FROM vigia.outbox WHERE subject LIKE 'vigia.event.consistency-report.%'",
  );
  return rows.map(({ payload }) => payload);
}

it("goes on where it was killed, reports on the whole run, and keeps back what follows from a cause on whatever page", async () => {
  const asked: string[] = [];
  const noted = ({ query, ...check }: Check): Check => ({
    ...check,
    query: (moment) => {
      // What its words are is asked as well, for no moment.
      if (moment.now.getTime() > 0) asked.push(check.code);
      return query(moment);
    },
  });
  const broken = noted(checkOf("BROKEN", sql`SELECT 1 / 0 AS entity_id, '{}'::jsonb AS evidence`));
  const root = noted(checkOf("ROOT", trades(2, 2), { inhibits: ["CAUSE"] }));
  const young = checkOf("YOUNG", trades(1, 1, sql`now()`), { graceSeconds: "following", inhibits: ["EFFECT"] });
  const cause = (to: number) => noted(checkOf("CAUSE", trades(2, to), { inhibits: ["EFFECT"] }));
  const effect = noted(checkOf("EFFECT", sql`${trades(1, 3)} UNION ALL ${trades(MANY, MANY + 1)}`));

  // Its place in the list is no matter: nothing would be kept back of an effect that is looked for first.
  const dies = [
    { step: 23, isCommitted: true }, // in the first page of CAUSE, one step from its end
    { step: 20, isCommitted: true }, // at its end
    { step: 3, isCommitted: false }, // in EFFECT, with all else done
  ];
  const { result, tries } = await run([effect, broken, cause(MANY), young, root], {
    deathOf: (attempt) => dies[attempt - 1],
  });
  expect({ tries, asked }).toEqual({
    tries: 4,
    asked: ["BROKEN", "ROOT", "CAUSE", "CAUSE", "CAUSE", "EFFECT", "EFFECT"],
  });
  const opened = { ROOT: 1, CAUSE: MANY - 2, EFFECT: 1, CHECK_INCOMPLETE: 1 };
  const open = Object.values(opened).reduce((sum, count) => sum + count);
  expect(result).toEqual({ opened: open, updated: 0, reopened: 0, resolved: 0, open, failedChecks: ["BROKEN"] });
  expect(await reports()).toMatchObject([{ checks: 5 + RUN_CHECKS.length, opened: open, byCheck: opened }]);
  expect(await told()).toEqual(Object.entries(opened).map(([check, count]) => `opened ${check} ${count} ${count}`));

  await database.query("TRUNCATE vigia.outbox");
  await run([effect, cause(1), root]);
  expect(await told()).toEqual([`resolved CAUSE ${MANY - 2} ${MANY - 2}`, "opened EFFECT 4 4"]);
});

it("looks at nothing in a view of another time, which is a finding, and leaves all as it is", async () => {
  const checks = [checkOf("FOUND", trades(1, 3))];
  await run(checks);
  const copy = await createDatabase();
  const stale = await openDatabase({ url: copy.url, applicationName: "stale" });
  try {
    const { result } = await run([checkOf("FOUND", trades(4, 4))], { view: stale });
    expect(result).toMatchObject({ opened: 1, resolved: 0, open: 4 });
  } finally {
    await stale.close();
    await copy.drop();
  }
  expect(await told()).toEqual(["opened FOUND 3 3", "opened CANARY_NOT_FOUND 1 1"]);
  await run(checks);
  expect((await told()).at(-1)).toBe("resolved CANARY_NOT_FOUND 1 1");
});
