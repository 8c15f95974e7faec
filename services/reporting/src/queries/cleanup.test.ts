import { tablesOf } from "../testing/tables.ts";
import { describeCleanup } from "./cleanup.ts";

const EXPIRE = "cleanup.expire-orders";
const PURGE = "cleanup.purge-history";
const ROWS = `
INSERT INTO vigia.cleanup_reports (message_id, task, execution_id, counts, at)
SELECT 'expire-' || n, '${EXPIRE}', 'e' || n, jsonb_build_object('expired', n),
       date_trunc('day', now() AT TIME ZONE 'UTC') AT TIME ZONE 'UTC' - interval '1 day' + n * interval '1 hour'
  FROM generate_series(1, 3) AS n;
INSERT INTO vigia.cleanup_reports (message_id, task, execution_id, counts, at)
VALUES ('purge', '${PURGE}', 'p', '{"outbox":7,"executions":0}', now()),
       ('nothing', '${EXPIRE}', 'n', '{}', now()),
       ('old', '${EXPIRE}', 'o', '{"expired":99}', now() - interval '9 days');
`;

const database = tablesOf(ROWS);

it("adds up each day's work by task, and says it of each run", async () => {
  const { days, runs } = await describeCleanup(database, 7);
  const [today, yesterday] = [new Set(days.map(({ day }) => day))].flatMap((all) => [...all]);
  expect(days).toEqual([
    { day: today, task: EXPIRE, runs: 1, counts: {} },
    { day: today, task: PURGE, runs: 1, counts: { outbox: 7, executions: 0 } },
    { day: yesterday, task: EXPIRE, runs: 3, counts: { expired: 6 } },
  ]);
  expect(runs.map(({ executionId, counts }) => [executionId, counts])).toEqual([
    ["n", {}],
    ["p", { outbox: 7, executions: 0 }],
    ["e3", { expired: 3 }],
    ["e2", { expired: 2 }],
    ["e1", { expired: 1 }],
  ]);
});

it("goes back no further than it is asked", async () => {
  expect((await describeCleanup(database, 30)).days).toHaveLength(4);
});
