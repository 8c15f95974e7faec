import { createHash } from "node:crypto";
import { type Database, openDatabase } from "@vigia/database";
import { createDatabase, createRandom, seedOfRun, type TestDatabase } from "@vigia/testkit";
import { look } from "./testing/look.ts";
import { createMarketplace } from "./testing/marketplace.ts";
import { plantSome } from "./testing/plants.ts";
import { multiply } from "./testing/population.ts";
import { addSoundTrades } from "./testing/sound-trades.ts";
import { startWriters } from "./testing/writers.ts";

/** `npm run test:consistency -- --seed S --orders N` sets both. */
const SEED = seedOfRun();
const ORDERS = Number(process.env.CONSISTENCY_TEST_ORDERS ?? 20_000);
const MOST_OF_A_KIND = 5;
const LOOKS_AT_WRITERS = 3;
const MINUTES_MS = 60_000;

let server: TestDatabase;
let database: Database;

beforeAll(async () => {
  server = await createDatabase();
  database = await openDatabase({ url: server.url, applicationName: "precision" });
});
afterAll(async () => {
  await database.close();
  await server.drop();
});

/** The same ids for the same seed. */
function idsOf(seed: number): () => string {
  let n = 0;
  return () => {
    n += 1;
    const hash = createHash("md5").update(`${seed} ${n}`).digest("hex");
    return hash.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
  };
}

it(
  `finds nothing among ${ORDERS} sound orders while others work on them, then each violation once (seed ${SEED})`,
  async () => {
    const random = createRandom(SEED);
    const market = createMarketplace(database, idsOf(SEED));
    await addSoundTrades(market);
    const { rows } = await database.query<{ trades: number }>("SELECT count(*) AS trades FROM marketplace.orders");
    await multiply(database, Math.ceil(ORDERS / Number(rows[0]?.trades)) - 1);
    expect(await look(database, 0)).toEqual({ told: [], explained: [] });

    const writers = startWriters(database, random);
    for (let looks = 0; looks < LOOKS_AT_WRITERS; looks += 1) {
      const before = writers.moved();
      expect(await look(database, 0)).toEqual({ told: [], explained: [] });
      expect(writers.moved()).toBeGreaterThan(before);
    }
    await writers.stop();

    const planted = await plantSome(database, random, MOST_OF_A_KIND);
    const { told, explained } = await look(database, 0);
    const inOrder = (seen: typeof told) => seen.map(({ check, entityId }) => `${check} ${entityId}`).sort();
    expect(inOrder(told)).toEqual(inOrder(planted));
    expect(new Set(explained.map(({ check }) => check))).toEqual(
      new Set(["STATUS_HISTORY_MISMATCH", "TIMESTAMPS_IMPOSSIBLE"]),
    );
  },
  30 * MINUTES_MS,
);
