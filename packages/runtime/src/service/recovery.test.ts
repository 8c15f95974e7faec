import { AckPolicy } from "@nats-io/jetstream";
import { openDatabase } from "@vigia/database";
import { STREAMS, tickFor, tickSubject } from "@vigia/messages";
import { createDatabase, startNats } from "@vigia/testkit";
import { createTracker } from "@vigia/tracker";
import { connectBus } from "../bus/bus.ts";
import { readMessage } from "../bus/message.ts";
import { ensureStreams } from "../bus/streams.ts";
import { createLogger } from "./logging.ts";
import { startRecovery } from "./recovery.ts";

const EXPIRE = "cleanup.expire-orders";
/** No process has it. */
const DEAD_PID = 2 ** 30;
const AN_HOUR_NANOSECONDS = 3_600e9;
const log = createLogger("recovery-test", "fatal");

test("the message of a run whose process died is handed on at once, however long the server would wait for it", async () => {
  const [nats, testDatabase] = await Promise.all([startNats(), createDatabase()]);
  const database = await openDatabase({ url: testDatabase.url, applicationName: "recovery-test" });
  const bus = await connectBus({ url: nats.url, name: "cleanup", log });
  await ensureStreams(bus, 1, log);
  const options = { service: "cleanup", postgres: database };
  const dead = createTracker({ ...options, identity: { pid: DEAD_PID, bootId: "dead" } });
  const tracker = createTracker(options);
  await Promise.all([dead.start(), tracker.start()]);

  const { name: stream } = STREAMS.ticks;
  const patient = { durable_name: "patient", ack_policy: AckPolicy.Explicit, ack_wait: AN_HOUR_NANOSECONDS };
  await bus.manager.consumers.add(stream, { ...patient, max_ack_pending: 1 });
  await bus.publish(tickSubject(EXPIRE), tickFor(EXPIRE, new Date(), false), {});
  const consumer = await bus.client.consumers.get(stream, "patient");
  const first = await consumer.next();
  if (!first) throw new Error("the tick did not come");
  const { delivery, sequence } = readMessage(first);
  if (delivery === undefined) throw new Error("a delivery has a name");
  await dead.startJob(EXPIRE, "cut-short", { delivery });

  const recovery = await startRecovery({ service: "cleanup", database, tracker, bus, log });
  const again = await consumer.next({ expires: 20_000 });
  expect(again).toMatchObject({ seq: sequence, redelivered: true });
  expect(await tracker.getLastExecution(EXPIRE)).toMatchObject({ status: "recovered", delivery });

  await recovery.stop();
  await Promise.all([dead.stop(), tracker.stop()]);
  await bus.close();
  await database.close();
  await Promise.all([nats.stop(), testDatabase.drop()]);
});

test("a recovery that fails before it told of a run leaves the run to be found again", async () => {
  const testDatabase = await createDatabase();
  const database = await openDatabase({ url: testDatabase.url, applicationName: "recovery-test" });
  const options = { service: "cleanup", postgres: database };
  const dead = createTracker({ ...options, identity: { pid: DEAD_PID, bootId: "dead" } });
  const tracker = createTracker(options);
  await Promise.all([dead.start(), tracker.start()]);
  await dead.startJob(EXPIRE, "cut-short");
  const bus = { handBack: () => undefined };

  await database.query(
    `ALTER TABLE vigia.outbox ADD CONSTRAINT full_disk CHECK (subject NOT LIKE '%.run.recovered.%')`,
  );
  await expect(startRecovery({ service: "cleanup", database, tracker, bus, log })).rejects.toThrow("full_disk");
  await database.query(`ALTER TABLE vigia.outbox DROP CONSTRAINT full_disk`);
  const recovery = await startRecovery({ service: "cleanup", database, tracker, bus, log });
  const { rows } = await database.query(`SELECT subject FROM vigia.outbox`);
  expect(rows).toEqual([{ subject: "vigia.event.run.recovered.cleanup.expire-orders" }]);

  await recovery.stop();
  await Promise.all([dead.stop(), tracker.stop()]);
  await database.close();
  await testDatabase.drop();
});
