import { type Database, openDatabase } from "@vigia/database";
import type { Step, TaskContext } from "@vigia/runtime";
import { createDatabase, type TestDatabase } from "@vigia/testkit";
import type { Check } from "./check.ts";
import { fingerprintOf } from "./finding.ts";
import { type CheckTask, reconcile } from "./reconcile.ts";
import { sql } from "./sql.ts";

const check: Check = {
  code: "WRONG",
  severity: "high",
  meaning: "it is wrong",
  why: "It matters.",
  remedy: "Repair it.",
  entityType: "order",
  graceSeconds: 0,
  inhibits: [],
  query: () => sql`SELECT`,
};
const FINDINGS = 1_200;

let server: TestDatabase;
let database: Database;

beforeAll(async () => {
  server = await createDatabase();
  database = await openDatabase({ url: server.url, applicationName: "reconcile" });
});
afterAll(async () => {
  await database.close();
  await server.drop();
});

/** Runs steps as the runtime does, until the process dies in the one with this number, before it commits. */
function contextThatDies(step: number, resumeFrom?: unknown) {
  let steps = 0;
  return {
    resumeFrom,
    step: (effect: (step: Step) => Promise<unknown>) =>
      database.transaction({ source: "consistency" }, async (tx) => {
        const result = await effect({ ...tx, checkpoint: async () => undefined });
        steps += 1;
        if (steps === step) throw new Error("killed");
        return result;
      }),
  } as unknown as TaskContext<CheckTask>;
}

it("tells each issue once, also where the run dies in the middle and is taken up again", async () => {
  const findings = Array.from({ length: FINDINGS }, (_, index) => {
    const entityId = String(index);
    return {
      check,
      entityId,
      evidence: { orderId: entityId },
      settled: true,
      fingerprint: fingerprintOf(check, entityId),
    };
  });
  const evaluation = { findings, complete: new Set(["WRONG"]), pages: new Map(), failed: [], at: new Date() };
  await expect(reconcile(contextThatDies(3), evaluation, [check])).rejects.toThrow("killed");

  // Its first batch was committed, and with it this checkpoint.
  const resumed = contextThatDies(Number.POSITIVE_INFINITY, { opened: 500, updated: 0, resolved: 0 });
  expect(await reconcile(resumed, evaluation, [check])).toEqual({ opened: FINDINGS, updated: 0, resolved: 0 });
  const { rows } = await database.query(
    `SELECT count(*) AS events, count(DISTINCT payload->>'fingerprint') AS issues FROM vigia.outbox`,
  );
  expect(rows).toEqual([{ events: FINDINGS, issues: FINDINGS }]);
});
