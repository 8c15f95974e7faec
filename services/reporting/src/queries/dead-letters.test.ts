import { tablesOf } from "../testing/tables.ts";
import { type DeadLetterFilter, findDeadLetter, listDeadLetters } from "./dead-letters.ts";

const database = tablesOf();
afterEach(() => database.query("TRUNCATE vigia.dead_letters"));

interface Letter {
  readonly id: string;
  readonly consumer?: string;
  readonly body?: Buffer;
  readonly secondsAgo?: number;
  readonly replayed?: boolean;
}

async function add({ id, consumer = "c", body = Buffer.from("{}"), secondsAgo = 1, replayed = false }: Letter) {
  await database.query(
    `INSERT INTO vigia.dead_letters (id, sequence, consumer, subject, message_id, body, headers, reason, tries, at, resolved_at)
     VALUES ($1, $2::int, $3, 'vigia.event.x', 'm', $4, '{"ce-id":"m"}', 'no reader', 3,
             now() - make_interval(secs => $2::int), CASE WHEN $5 THEN now() END)`,
    [id, secondsAgo, consumer, body, replayed],
  );
}

it("pages through the open ones from the newest, counts them, and narrows to a consumer", async () => {
  await add({ id: "1", consumer: "reporting-feed", secondsAgo: 30 });
  await add({ id: "2", consumer: "reporting-feed", secondsAgo: 20 });
  await add({ id: "3", consumer: "scheduler-commands", secondsAgo: 10 });
  await add({ id: "4", consumer: "scheduler-commands", secondsAgo: 5, replayed: true });
  const ids = async (filter: Partial<DeadLetterFilter>) => {
    const { letters, next } = await listDeadLetters(database, { all: false, limit: 2, ...filter });
    return [letters.map(({ id }) => id).join(""), next];
  };
  expect(await ids({})).toEqual(["32", "2"]);
  expect(await ids({ before: "2" })).toEqual(["1", null]);
  expect(await ids({ consumer: "scheduler-commands" })).toEqual(["3", null]);
  expect(await ids({ consumer: "scheduler-commands", all: true })).toEqual(["43", null]);
  expect((await listDeadLetters(database, { all: true, limit: 1 })).open).toEqual([
    { consumer: "reporting-feed", count: 2 },
    { consumer: "scheduler-commands", count: 1 },
  ]);
});

it("finds those that hold a text, in their ids, the error or the body", async () => {
  await add({ id: "one", secondsAgo: 30, body: Buffer.from('{"phase":"100%"}') });
  await add({ id: "other", secondsAgo: 20, body: Buffer.from([0xff, 0xfe]) });
  const found = async (text: string) =>
    (await listDeadLetters(database, { all: false, limit: 9, text })).letters.map(({ id }) => id);
  expect(await found("100%")).toEqual(["one"]);
  expect(await found("OTHER")).toEqual(["other"]);
  expect(await found("no reader")).toEqual(["other", "one"]);
  expect(await found("_")).toEqual([]);
});

it("shows one with its body, which may be no text, and cuts off a long one", async () => {
  await add({ id: "text", body: Buffer.from('{"a":"ñ"}') });
  await add({ id: "bytes", body: Buffer.from([0xff, 0xfe]) });
  await add({ id: "long", body: Buffer.alloc(30_000, "a") });
  const body = async (id: string) => (await findDeadLetter(database, id))?.body;
  expect(await body("text")).toEqual({ encoding: "text", text: '{"a":"ñ"}', isWhole: true });
  expect(await body("bytes")).toEqual({ encoding: "base64", text: "//4=", isWhole: true });
  expect(await body("long")).toEqual({ encoding: "text", text: "a".repeat(20_000), isWhole: false });
  expect(await findDeadLetter(database, "text")).toMatchObject({ headers: { "ce-id": "m" }, tries: 3 });
});
