import { WARNING_SUBJECTS } from "@vigia/database";
import { tablesOf } from "../testing/tables.ts";
import { listEvents } from "./events.ts";

const SUBJECTS = [
  "chain.synced.1",
  "run.failed.cleanup.expire-orders",
  "run.completed.cleanup.expire-orders",
  "consistency-issue.opened.high.SELF_TRADE",
  "consistency-issue.resolved.high.SELF_TRADE",
  "tracker.degraded",
  "tracker.restored",
  "deadletter.added.TICKS",
];
const ROWS = `
INSERT INTO vigia.event_feed (id, subject, source, payload, at)
SELECT 'e' || place, 'vigia.event.' || subject, 's', jsonb_build_object('note', subject || ' 100%'), now()
  FROM unnest(ARRAY[${SUBJECTS.map((subject) => `'${subject}'`)}]) WITH ORDINALITY AS told (subject, place);
`;

const database = tablesOf(ROWS);

const found = async (filter: { readonly warnings?: boolean; readonly text?: string }) =>
  (await listEvents(database, { limit: 20, ...filter })).events.map(({ subject }) =>
    subject.split(".").slice(2, 4).join("."),
  );

it("narrows to what went wrong", async () => {
  expect(await found({ warnings: true })).toEqual([
    ...["deadletter.added", "tracker.degraded", "consistency-issue.opened", "run.failed"],
  ]);
});

it("has an index for that, of the same words", async () => {
  const { rows } = await database.query("SELECT indexdef FROM pg_indexes WHERE indexname = 'event_feed_warnings'");
  expect(rows[0]?.indexdef).toContain(WARNING_SUBJECTS);
});

it("finds what holds a text, in the subject or in what it says, as it stands", async () => {
  expect(await found({ text: "RESTORED" })).toEqual(["tracker.restored"]);
  expect(await found({ text: "failed.cleanup.expire-orders 100%" })).toEqual(["run.failed"]);
  expect(await found({ text: "100_" })).toEqual([]);
});
