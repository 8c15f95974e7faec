import { STREAMS } from "@vigia/messages";
import { eventually, startNatsCluster } from "@vigia/testkit";
import { createLogger } from "../service/logging.ts";
import { isStreamNotFound } from "./api-error.ts";
import { connectBus } from "./bus.ts";
import { awaitStreams } from "./streams.ts";

/** In some four of five rounds one of so many asks while nobody answers. */
const TOGETHER = 6;
const ROUNDS = 3;
/** A cluster takes some seconds to choose a leader. */
const PATIENT = { timeoutMs: 60_000 };
const log = createLogger("test", "fatal");

let cluster: Awaited<ReturnType<typeof startNatsCluster>>;

beforeAll(async () => {
  cluster = await startNatsCluster();
});
afterAll(() => cluster.stop());

test("services that start together wait until the streams that one of them makes have a leader", async () => {
  const buses = await Promise.all(
    Array.from({ length: TOGETHER }, (_, index) => connectBus({ url: cluster.url, name: `test-${index}`, log })),
  );
  const manager = buses[0]?.manager;
  /** Who leads a stream may change just now, and then nobody says that it is gone. */
  async function removed(name: string): Promise<void> {
    await manager?.streams.delete(name).catch((error: unknown) => {
      if (!isStreamNotFound(error)) throw error;
    });
  }
  const kept = () => Promise.all(Object.values(STREAMS).map(({ name }) => manager?.streams.info(name)));
  try {
    for (let round = 1; round <= ROUNDS; round += 1) {
      for (const { name } of Object.values(STREAMS)) await eventually(() => removed(name), PATIENT);
      await Promise.all(buses.map((each) => awaitStreams(each, 3, log)));
    }
    // A removal that was asked for twice may be carried out late.
    await eventually(async () => {
      expect((await kept()).map((stream) => stream?.config.num_replicas)).toEqual([3, 3, 3, 3]);
    }, PATIENT);
  } finally {
    await Promise.all(buses.map((each) => each.close()));
  }
}, 120_000);
