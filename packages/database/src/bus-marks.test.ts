import { createDatabase, type TestDatabase } from "@vigia/testkit";
import { advanceBusMark, busMark, relayAgain } from "./bus-marks.ts";
import { type Database, openDatabase } from "./database.ts";

const STREAM = "EVENTS";
const DAY_MS = 86_400_000;
const known = { created: "first", lastSequence: 100 };

let testDatabase: TestDatabase;
let database: Database;

beforeEach(async () => {
  testDatabase = await createDatabase();
  database = await openDatabase({ url: testDatabase.url, applicationName: "bus-marks-test" });
  await database.query(
    `INSERT INTO vigia.outbox (id, subject, source, aggregate, headers, payload, relayed_at)
     SELECT age, 's', 'test', 'a', '{}', '{}', now() - age::interval
       FROM unnest(ARRAY['10 days', '2 days', '10 minutes', '4 minutes', '1 second']) AS age`,
  );
});
afterEach(async () => {
  await database.close();
  await testDatabase.drop();
});

const waiting = async () =>
  (
    await database.query<{ id: string }>(`SELECT id FROM vigia.outbox WHERE relayed_at IS NULL ORDER BY position`)
  ).rows.map(({ id }) => id);

describe("the mark of a stream", () => {
  it("takes back, of a stream that went back, what was relayed since shortly before it", async () => {
    const mark = await busMark(database, STREAM, known);
    expect(await relayAgain(database, mark, { ...known, lastSequence: 90 }, 7 * DAY_MS)).toBe(2);
    expect(await waiting()).toEqual(["4 minutes", "1 second"]);
    expect(await busMark(database, STREAM, known)).toEqual({ ...mark, lastSequence: 90, losses: 1 });
  });

  it("takes back, of a stream that is new, all that it would still hold", async () => {
    const mark = await busMark(database, STREAM, known);
    expect(await relayAgain(database, mark, { created: "second", lastSequence: 0 }, 7 * DAY_MS)).toBe(4);
    expect(await waiting()).toEqual(["2 days", "10 minutes", "4 minutes", "1 second"]);
  });

  it("is answered by one of several who notice a loss", async () => {
    const mark = await busMark(database, STREAM, known);
    const answer = () =>
      database.transaction({ source: "test" }, (tx) =>
        relayAgain(tx, mark, { created: "second", lastSequence: 0 }, DAY_MS),
      );
    const answers = await Promise.all([answer(), answer(), answer()]);
    expect(answers.filter((count) => count !== undefined)).toEqual([3]);
  });

  it("does not move for who relayed while a loss was noticed", async () => {
    const mark = await busMark(database, STREAM, known);
    expect(await advanceBusMark(database, mark, 120)).toBe(true);
    await relayAgain(database, mark, { created: "second", lastSequence: 0 }, DAY_MS);
    expect(await advanceBusMark(database, mark, 130)).toBe(false);
  });
});
