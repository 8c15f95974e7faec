import { JetStreamApiError } from "@nats-io/jetstream";
import { STREAMS } from "@vigia/messages";
import { type ServerHandle, startNats } from "@vigia/testkit";
import { ConfigurationError } from "../errors.ts";
import { createLogger } from "../service/logging.ts";
import { type Bus, connectBus } from "./bus.ts";
import { ensureStreams } from "./streams.ts";

const log = createLogger("streams-test", "fatal");

let nats: ServerHandle;
let bus: Bus;

beforeAll(async () => {
  nats = await startNats();
  bus = await connectBus({ url: nats.url, name: "streams-test", log });
});
afterAll(async () => {
  await bus.close();
  await nats.stop();
});

afterEach(async () => {
  for await (const { config } of bus.manager.streams.list()) await bus.manager.streams.delete(config.name);
});

it("takes a stream that another service made at the same moment, though the server refuses this one", async () => {
  let refusals = 0;
  const add: typeof bus.manager.streams.add = async (config) => {
    await bus.manager.streams.add(config);
    refusals += 1;
    // What nats-server answers where the other request came between its look for the stream and that for its subjects.
    throw new JetStreamApiError({
      code: 400,
      err_code: 10_065,
      description: "subjects overlap with an existing stream",
    });
  };
  const streams = new Proxy(bus.manager.streams, {
    get: (target, key) => (key === "add" ? add : Reflect.get(target, key).bind(target)),
  });
  await ensureStreams({ ...bus, manager: { ...bus.manager, streams } }, 1, log);
  expect(refusals).toBe(Object.keys(STREAMS).length);
});

it("names the stream whose subjects are those of a foreign one", async () => {
  await bus.manager.streams.add({ name: "FOREIGN", subjects: ["vigia.tick.>"] });
  const refused = ensureStreams(bus, 1, log);
  await expect(refused).rejects.toBeInstanceOf(ConfigurationError);
  await expect(refused).rejects.toThrow("VIGIA_TICKS (new stream): subjects overlap with an existing stream");
});
