import {
  commandSubject,
  disputeChanged,
  EVENTS,
  JOB_NAMES,
  PAGE_COMMANDS,
  SERVICE_COMMAND_NAMES,
  STREAMS,
  TASK_COMMANDS,
  TASK_NAMES,
  taskDefinition,
  tickSubject,
} from "@vigia/messages";
import { type Bus, connectBus, createLogger, ensureStreams } from "@vigia/runtime";
import { type ServerHandle, startNats } from "@vigia/testkit";
import { IDENTITIES_OF, makePasswords, OPERATOR, settingsOf } from "./identity.ts";
import { natsConfiguration } from "./nats.ts";
import { consumersOf, SERVICES } from "./service.ts";

const REFUSED = /permissions violation/i;
const VIOLATION = { name: "PermissionViolationError" };
const STREAM_NAMES = Object.values(STREAMS).map(({ name }) => name);
/** What only the runtime may import a word for. */
const EXPLICIT = "explicit" as never;
const log = createLogger("test", "silent");
const passwords = makePasswords();
const buses = new Map<string, Bus>();
let nats: ServerHandle;

beforeAll(async () => {
  nats = await startNats({ configuration: natsConfiguration(passwords) });
  for (const identity of IDENTITIES_OF.nats) {
    const places = { nats: nats.url, redis: "", postgres: "" };
    const { NATS_URL: url } = settingsOf(identity, places, passwords);
    buses.set(identity, await connectBus({ url, name: identity, log, firstConnectionTimeoutMs: 5_000 }));
  }
  // Whoever comes first makes the streams, and nobody need be let change them for that.
  await ensureStreams(busOf("cleanup"), 1, log);
});
afterAll(async () => {
  await Promise.all([...buses.values()].map((bus) => bus.close()));
  await nats.stop();
});

function busOf(identity: string): Bus {
  const bus = buses.get(identity);
  if (!bus) throw new Error(`there is no ${identity}`);
  return bus;
}

/** The error that the server gives a subscription, or undefined where it lets it be. */
async function hear(identity: string, subject: string): Promise<Error | undefined> {
  const { connection } = busOf(identity);
  let refused: Error | undefined;
  const subscription = connection.subscribe(subject, {
    callback: (error) => {
      refused ??= error ?? undefined;
    },
  });
  await connection.flush();
  await connection.flush();
  if (!subscription.isClosed()) subscription.unsubscribe();
  return refused;
}

test("nobody is let in without a login, or with another's password", async () => {
  const places = { nats: nats.url, redis: "", postgres: "" };
  const swapped = { ...passwords, nats: { ...passwords.nats, cleanup: passwords.nats.scheduler ?? "" } };
  const wrong = settingsOf("cleanup", places, swapped).NATS_URL;
  for (const url of [nats.url, wrong]) {
    const connecting = connectBus({ url, name: "cleanup", log, firstConnectionTimeoutMs: 5_000 });
    await expect(connecting).rejects.toMatchObject({ name: "AuthorizationError" });
  }
});

test.each(
  SERVICES.map((service) => [service.name, service] as const),
)("%s makes its own consumers, again if need be, and takes from them", async (name, service) => {
  const { manager, client } = busOf(name);
  for (const { stream, durable, filter } of consumersOf(service)) {
    const wanted = { durable_name: durable, filter_subject: filter, ack_policy: EXPLICIT };
    const isQueue = stream !== STREAMS.events.name;
    for (const round of isQueue ? ["first", "again"] : ["first"]) {
      if (round === "again") await manager.consumers.delete(stream, durable);
      await manager.consumers.add(stream, wanted);
      await manager.consumers.update(stream, durable, { description: round });
      await manager.consumers.info(stream, durable);
      await busOf("scheduler").append(filter.replace(/[>*]/g, "something"), "{}", {});
      const message = await (await client.consumers.get(stream, durable)).next({ expires: 5_000 });
      expect(message).not.toBeNull();
      message?.working();
      await message?.ackAck();
    }
    const { state } = await manager.streams.info(stream, { subjects_filter: filter });
    if (isQueue) expect(state.subjects ?? {}).toEqual({});
  }
});

const services = SERVICES.map(({ name }) => name);
/** Those that no page offers. */
const COMMANDS_OF_TERMINALS = SERVICE_COMMAND_NAMES.filter((name) => !PAGE_COMMANDS.includes(name));
/** Who has findings healed by it. */
const healer = (command: string) => (/^chain-sync\.(follow|resync)$/.test(command) ? ["consistency"] : []);
/** What may be published, and by whom: everybody else is refused. */
const PUBLISHED: readonly (readonly [subject: string, by: readonly string[]])[] = [
  ...TASK_NAMES.filter((task) => taskDefinition(task).schedule !== null).map(
    (task) => [tickSubject(task), ["scheduler"]] as const,
  ),
  ...PAGE_COMMANDS.map(
    (name) => [`vigia.command.${name}`, ["scheduler", "reporting", OPERATOR, ...healer(name)]] as const,
  ),
  ...COMMANDS_OF_TERMINALS.map((name) => [`vigia.command.${name}`, ["scheduler", OPERATOR, ...healer(name)]] as const),
  [commandSubject("nobody", "run"), ["scheduler", OPERATOR]],
  ["vigia.event.run.completed.cleanup.expire-orders", ["cleanup", "scheduler"]],
  ["vigia.event.run.failed.chain-sync.sync", ["chain-sync", "scheduler"]],
  ["vigia.event.command.completed.chain-sync.resync", ["chain-sync", "scheduler"]],
  ["vigia.event.command.rejected.scheduler.pause", ["scheduler"]],
  ["vigia.event.chain.synced.1", ["chain-sync", "scheduler"]],
  ["vigia.event.chain.reorged.1", ["chain-sync", "scheduler"]],
  ["vigia.event.chain.drifted.1", ["chain-sync", "scheduler"]],
  ["vigia.event.chain.resync-progress.1", ["chain-sync", "scheduler"]],
  ["vigia.event.provider.degraded.1", ["chain-sync", "scheduler"]],
  ["vigia.event.escrow.released.1.0x01", ["chain-sync", "scheduler"]],
  ["vigia.event.order.expired.1", ["chain-sync", "cleanup", "scheduler"]],
  ["vigia.event.dispute.ruled.1", ["scheduler"]],
  ["vigia.event.consistency-issue.resolved.high.ESCROW_SHARED", ["consistency", "scheduler"]],
  ["vigia.event.consistency-heal.asked.high.EVENT_MISSING", ["consistency", "scheduler"]],
  ["vigia.event.consistency-report.check", ["consistency", "scheduler"]],
  ["vigia.event.cleanup-report.purge-history", ["cleanup", "scheduler"]],
  ["vigia.event.command.completed.consistency.snooze", ["consistency", "scheduler"]],
  ["vigia.event.tracker.degraded", services],
  ["vigia.event.deadletter.added.VIGIA_TICKS", services],
  ["vigia.event.something.new", ["scheduler"]],
  ["vigia.deadletter.VIGIA_TICKS.cleanup-expire-orders", ["cleanup"]],
  ["vigia.deadletter.VIGIA_EVENTS.reporting-feed", ["reporting"]],
  ["vigia.deadletter.VIGIA_COMMANDS.nobody", ["scheduler"]],
];

describe.each(IDENTITIES_OF.nats)("%s", (identity) => {
  test.each(PUBLISHED)("publishes, if it may, %s", async (subject, by) => {
    const published = busOf(identity).append(subject, "{}", {});
    if (by.includes(identity)) await expect(published).resolves.toMatchObject({ duplicate: false });
    else await expect(published).rejects.toThrow(REFUSED);
  });

  const others = services.filter((name) => name !== identity);
  test("hears its own answers, and nobody else's", async () => {
    expect(await hear(identity, `_INBOX.${identity}.>`)).toBeUndefined();
    for (const other of others) expect(await hear(identity, `_INBOX.${other}.>`)).toMatchObject(VIOLATION);
  });

  test("does not listen to what all say", async () => {
    const subjects = [
      ">",
      "$JS.>",
      "$SYS.>",
      ...(identity === OPERATOR ? [] : ["vigia.>", "_INBOX.>", "vigia.event.>"]),
    ];
    for (const subject of subjects)
      expect([subject, await hear(identity, subject)]).toMatchObject([subject, VIOLATION]);
  });

  test.each(STREAM_NAMES)("neither deletes nor empties nor copies nor changes %s", async (stream) => {
    const { streams } = busOf(identity).manager;
    await expect(streams.delete(stream)).rejects.toThrow(REFUSED);
    await expect(streams.purge(stream)).rejects.toThrow(REFUSED);
    await expect(streams.add({ name: "COPY", sources: [{ name: stream }] })).rejects.toThrow(REFUSED);
    if (identity === "scheduler") return;
    await expect(streams.update(stream, { max_age: 1_000_000_000 })).rejects.toThrow(REFUSED);
    await expect(streams.deleteMessage(stream, 1)).rejects.toThrow(REFUSED);
  });

  test("takes nothing of another's consumer", async () => {
    const { connection, manager } = busOf(identity);
    const consumers = SERVICES.filter(({ name }) => others.includes(name)).flatMap(consumersOf);
    for (const { stream, durable, filter } of consumers) {
      const wanted = { durable_name: durable, filter_subject: filter, ack_policy: EXPLICIT };
      await expect(manager.consumers.add(stream, wanted)).rejects.toThrow(REFUSED);
      await expect(manager.consumers.delete(stream, durable)).rejects.toThrow(REFUSED);
      for (const subject of [
        `$JS.API.CONSUMER.MSG.NEXT.${stream}.${durable}`,
        `$JS.ACK.${stream}.${durable}.1.1.1.1.0`,
      ]) {
        await expect(connection.request(subject)).rejects.toThrow(REFUSED);
      }
    }
  });
});

test("every kind of event is tried above, and told by somebody who does not just put it back", () => {
  const untold = EVENTS.filter(({ filter }) => {
    const prefix = filter.slice(0, -">".length);
    return !PUBLISHED.some(([subject, by]) => subject.startsWith(prefix) && by.some((name) => name !== "scheduler"));
  });
  // Disputes are the marketplace's to tell, by the outbox.
  expect(untold).toEqual([disputeChanged]);
});

test("each command that the page offers is one, and some are for terminals alone", () => {
  const runs = Object.keys(TASK_COMMANDS);
  const known = [...JOB_NAMES.map((job) => `${job}.run`), ...runs, ...SERVICE_COMMAND_NAMES];
  expect(PAGE_COMMANDS.filter((name) => !known.includes(name))).toEqual([]);
  expect(COMMANDS_OF_TERMINALS).toContain("notifications.subscribe");
});

test("the operator looks at streams and messages, and follows events with a consumer of no name", async () => {
  const { manager } = busOf(OPERATOR);
  await expect(manager.streams.info(STREAMS.events.name)).resolves.toBeDefined();
  await expect(
    manager.streams.getMessage(STREAMS.events.name, { last_by_subj: "vigia.event.>" }),
  ).resolves.toBeDefined();
  await expect(manager.streams.list().next()).resolves.toHaveLength(4);
  await expect(hear(OPERATOR, "vigia.event.>")).resolves.toBeUndefined();
});
