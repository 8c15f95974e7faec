import { tablesOf } from "../testing/tables.ts";
import { countGivenUp, listNotices, type NoticeFilter } from "./notices.ts";

const ANA = "00000000-0000-4000-8000-000000000001";
const ORDER = "00000000-0000-4000-8000-000000000002";
const ROWS = `
INSERT INTO vigia.notifications (id, user_id, kind, title, body, data, event_id, created_at)
SELECT gen_random_uuid(), CASE WHEN n > 2 THEN '${ANA}'::uuid ELSE gen_random_uuid() END, 'order-paid', n::text, 'b',
       CASE WHEN n = 4 THEN '{"orderId":"${ORDER}"}'::jsonb ELSE '{}' END, 'e' || n, now() - n * interval '1 day'
  FROM generate_series(1, 5) AS n;
INSERT INTO vigia.subscriptions (user_id, channel, address, failures) VALUES (NULL, 'webhook', 'https://x', 2);
INSERT INTO vigia.deliveries (notification_id, subscription_id, created_at, outcome, ended_at, error)
SELECT notice.id, subscription.id, created_at,
       CASE title WHEN '1' THEN 'given-up' WHEN '2' THEN 'delivered' WHEN '3' THEN 'refused' WHEN '5' THEN 'given-up' END,
       CASE WHEN title <> '4' THEN now() - title::int * interval '1 day' END,
       CASE WHEN title IN ('1', '3') THEN 'no' END
  FROM vigia.notifications AS notice, vigia.subscriptions AS subscription;
`;

const database = tablesOf(ROWS);

const titles = async (filter: Partial<NoticeFilter>) =>
  (await listNotices(database, { limit: 10, ...filter })).notices.map(({ title }) => title);

it.each<[Partial<NoticeFilter>, string[]]>([
  [{}, ["1", "2", "3", "4", "5"]],
  [{ user: ANA }, ["3", "4", "5"]],
  [{ order: ORDER }, ["4"]],
  [{ delivery: "given-up" }, ["1", "5"]],
  [{ delivery: "waiting" }, ["4"]],
  [{ user: ANA, delivery: "refused" }, ["3"]],
])("finds the notices of %j", async (filter, found) => {
  expect(await titles(filter)).toEqual(found);
});

it("pages from the newest, and counts what can be tried again", async () => {
  const first = await listNotices(database, { limit: 2 });
  expect(first.failed).toEqual([{ channel: "webhook", count: 3 }]);
  expect(await titles({ limit: 3, before: first.next ?? "" })).toEqual(["3", "4", "5"]);
});

it("tells of each delivery how it stands, and of what waits when its receiver is asked next", async () => {
  const { notices } = await listNotices(database, { limit: 10 });
  expect(notices[0]?.deliveries).toMatchObject([{ status: "given-up", error: "no", failures: 0, nextTry: null }]);
  expect(notices[3]?.deliveries).toMatchObject([
    { status: "waiting", endedAt: null, failures: 2, nextTry: expect.any(Date) },
  ]);
});

it("counts what was given up lately", async () => {
  expect(await countGivenUp(database, 7)).toBe(2);
  expect(await countGivenUp(database, 3)).toBe(1);
});
