import { once } from "node:events";
import { connect } from "node:net";
import {
  consumersOf,
  databaseAccess,
  loginOf,
  makePasswords,
  natsConfiguration,
  OPERATOR,
  redisUsers,
  SERVICES,
  settingsOf,
} from "@vigia/access";
import { type Database, openDatabase } from "@vigia/database";
import { STREAMS, TASK_NAMES, taskDefinition } from "@vigia/messages";
import { type Bus, connectBus, createLogger, ensureStreams } from "@vigia/runtime";
import {
  type Chain,
  createDatabase,
  type ServerHandle,
  startChain,
  startNats,
  startRedis,
  type TestDatabase,
} from "@vigia/testkit";
import { EXIT } from "./exit.ts";
import { call } from "./testing/call.ts";

const NOWHERE = "127.0.0.1:1";
const log = createLogger("test", "fatal");
const passwords = makePasswords();
/** Beside the services and the operator: one who may lay anything out. */
const ADMIN = "admin:admin";

let home: TestDatabase;
let database: Database;
let nats: ServerHandle;
let redis: ServerHandle;
let chain: Chain;
let bus: Bus;
let environment: Record<string, string>;

beforeAll(async () => {
  const users = natsConfiguration(passwords).replace("users = [", "users = [ { user: admin, password: admin }");
  const redisAcl = `${redisUsers(passwords)}user admin on >admin ~* +@all\n`;
  [home, nats, redis, chain] = await Promise.all([
    createDatabase(),
    startNats({ configuration: users }),
    startRedis({ users: redisAcl }),
    startChain(),
  ]);
  database = await openDatabase({ url: home.url, applicationName: "test", poolSize: 1 });
  bus = await connectBus({ url: `nats://${ADMIN}@127.0.0.1:${nats.port}`, name: "test", log });
  const operator = settingsOf(OPERATOR, { nats: nats.url, redis: redis.url, postgres: home.url }, passwords);
  environment = {
    // The roles are the server's, which other tests have too: a session takes the operator's, and passwords stay.
    ...{ ...operator, DATABASE_URL: `${home.url}?options=-c%20role%3D${loginOf(OPERATOR)}` },
    ...{ CHAIN_ID: "31337", CHAIN_RPC_URL: chain.rpcUrl },
  };
  await database.query(databaseAccess(passwords).replace(/^(ALTER ROLE .*|BEGIN;|COMMIT;|SET LOCAL .*)$/gm, ""));
  await makeWell();
});

afterAll(async () => {
  await bus.close();
  await database.close();
  await Promise.all([home.drop(), nats.stop(), redis.stop(), chain.stop()]);
});

async function makeConsumers(): Promise<void> {
  for (const { stream, durable, filter } of SERVICES.flatMap(consumersOf)) {
    await bus.manager.consumers.add(stream, {
      ...{ durable_name: durable, filter_subject: filter, ack_policy: "explicit" as never },
      ...{ ack_wait: 4_500_000_000, max_deliver: -1, max_ack_pending: 1 },
    });
  }
}

/** What the services make and say when all of them run. */
async function makeWell(): Promise<void> {
  await ensureStreams(bus, 1, log);
  await makeConsumers();
  await database.query(
    `INSERT INTO vigia.owners (owner, service, host, pid, boot_id, expires_at)
     SELECT service || '@h#1#b', service, 'h', 1, 'b', now() + interval '1 hour' FROM unnest($1::text[]) AS service`,
    [SERVICES.map(({ name }) => name)],
  );
  await database.query(
    `INSERT INTO vigia.schedules (task, cron, time_zone, next_due)
     SELECT task, '0 0 1 1 *', 'UTC', now() + interval '1 hour' FROM unnest($1::text[]) AS task`,
    [TASK_NAMES.filter((task) => taskDefinition(task).schedule)],
  );
  await database.query(
    `INSERT INTO vigia.chain_cursors (chain_id, contract, block_number, head_number) VALUES (31337, '0x12', 0, 0)`,
  );
}

interface Answer {
  readonly well: boolean;
  readonly parts: readonly { readonly part: string; readonly state: string; readonly facts: readonly string[] }[];
  readonly findings: readonly {
    readonly part: string;
    readonly level: string;
    readonly what: string;
    readonly command: string;
  }[];
}

/** One command, in words, to the Redis of these tests. */
function redisSays(command: string): Promise<unknown> {
  const { hostname, port } = new URL(redis.url);
  const socket = connect(Number(port), hostname).end(`AUTH ${ADMIN.replace(":", " ")}\r\n${command}\r\n`);
  return once(socket.resume(), "close");
}

async function doctor(settings: Record<string, string | undefined> = {}) {
  const asked = call(["doctor", "--json", "--verbose"], { environment: { ...environment, ...settings } });
  const exitCode = await asked.exitCode;
  if (!asked.stdout()) throw new Error(asked.stderr());
  return { exitCode, ...(JSON.parse(asked.stdout()) as Answer) };
}

/** Those that are no note. */
const told = ({ findings }: Answer) => findings.filter(({ level }) => level !== "note").map(({ what }) => what);

test("a whole installation is well, and what was seen is said", async () => {
  const { exitCode, well, parts, findings } = await doctor();
  expect(findings.filter(({ level }) => level !== "note")).toEqual([]);
  expect(well).toBe(true);
  expect(exitCode).toBe(EXIT.ok);
  expect(parts.map(({ part, state }) => `${part} ${state}`)).toEqual([
    ...["Postgres seen", "NATS seen", "Redis seen", "chain seen"],
  ]);
  expect(parts.map(({ facts }) => facts.join(", "))).toEqual([
    expect.stringMatching(/from the environment\), PostgreSQL \d+.*, its clock agrees/),
    expect.stringMatching(/nats-server \d+\.\d+.*, streams hold \d+\.\d MiB/),
    expect.stringMatching(/Redis \d+/),
    expect.stringMatching(/chain 31337, 127\.0\.0\.1:\d+ at block \d+/),
  ]);
  const people = call(["doctor"], { environment });
  expect(await people.exitCode).toBe(EXIT.ok);
  expect(people.stdout()).toContain("All is well.");
});

test("what this terminal is not told of is not asked, and that is no finding", async () => {
  const { exitCode, parts } = await doctor({ REDIS_URL: undefined, CHAIN_ID: undefined, CHAIN_RPC_URL: undefined });
  expect(parts.map(({ state }) => state)).toEqual(["seen", "seen", "unseen", "unseen"]);
  expect(exitCode).toBe(EXIT.ok);
});

test("each server that is away is said, and the others are looked at all the same", async () => {
  const { exitCode, parts, findings } = await doctor({
    ...{ DATABASE_URL: `postgres://user:hidden@${NOWHERE}/x`, REDIS_URL: `redis://user:hidden@${NOWHERE}` },
    ...{ CHAIN_RPC_URL: `http://${NOWHERE}/key-hidden` },
  });
  expect(exitCode).toBe(EXIT.away);
  expect(parts.map(({ state }) => state)).toEqual(["away", "seen", "away", "away"]);
  expect(findings.filter(({ level }) => level === "critical").map(({ part }) => part)).toEqual([
    ...["Postgres", "Redis", "chain"],
  ]);
  expect(JSON.stringify({ parts, findings })).not.toContain("hidden");
});

test("a setting that is missing or wrong is a finding, and ends nothing", async () => {
  const { exitCode, findings } = await doctor({ NATS_URL: undefined, DATABASE_URL: "mysql://x" });
  expect(exitCode).toBe(EXIT.failed);
  expect(findings.map(({ what }) => what)).toEqual(
    expect.arrayContaining([
      expect.stringContaining("NATS_URL is missing"),
      expect.stringContaining("DATABASE_URL: must"),
    ]),
  );
});

/** Each with what puts the installation out of order, what is said of it, and what puts it back. */
const ILLS: readonly (readonly [string, () => Promise<unknown>, RegExp, () => Promise<unknown>])[] = [
  [
    "a migration that is not applied",
    () => database.query("DELETE FROM public.vigia_migrations WHERE name = 'Canaries1700000006000'"),
    /The schema is older than this program: it lacks Canaries1700000006000/,
    () =>
      database.query(
        "INSERT INTO public.vigia_migrations (timestamp, name) VALUES (1700000006000, 'Canaries1700000006000')",
      ),
  ],
  [
    "a migration of a newer version",
    () => database.query("INSERT INTO public.vigia_migrations (timestamp, name) VALUES (9, 'Future9')"),
    /The schema is newer than this program: it has Future9/,
    () => database.query("DELETE FROM public.vigia_migrations WHERE name = 'Future9'"),
  ],
  [
    "a service without its rights",
    () => database.query(`REVOKE UPDATE, DELETE ON vigia.checkpoints FROM "${loginOf("cleanup")}"`),
    /vigia-cleanup lacks DELETE on vigia\.checkpoints, UPDATE on vigia\.checkpoints\./,
    () => database.query(`GRANT UPDATE, DELETE ON vigia.checkpoints TO "${loginOf("cleanup")}"`),
  ],
  [
    "a service that is not there",
    () => database.query("UPDATE vigia.owners SET expires_at = now() WHERE service = 'cleanup'"),
    /No process of cleanup is alive/,
    () => database.query("UPDATE vigia.owners SET expires_at = now() + interval '1 hour' WHERE service = 'cleanup'"),
  ],
  [
    "a schedule that nobody knows",
    () => database.query("UPDATE vigia.schedules SET task = 'x' WHERE task = 'consistency.check'"),
    /No scheduler knows consistency\.check/,
    () => database.query("UPDATE vigia.schedules SET task = 'consistency.check' WHERE task = 'x'"),
  ],
  [
    "a stream that is gone",
    () => bus.manager.streams.delete(STREAMS.deadLetters.name),
    /The stream VIGIA_DEADLETTERS is not there/,
    () => ensureStreams(bus, 1, log),
  ],
  [
    "a stream that somebody changed",
    () => bus.manager.streams.update(STREAMS.events.name, { max_age: 86_400_000_000_000 }),
    /The stream VIGIA_EVENTS is not as it should be: max_age/,
    () => ensureStreams(bus, 1, log),
  ],
  [
    "a consumer that somebody changed",
    () => bus.manager.consumers.update(STREAMS.ticks.name, "cleanup-expire-orders", { ack_wait: 60_000_000_000 }),
    /The consumer cleanup-expire-orders is not as it should be: ack_wait/,
    () => bus.manager.consumers.update(STREAMS.ticks.name, "cleanup-expire-orders", { ack_wait: 4_500_000_000 }),
  ],
  [
    "a consumer that is gone",
    () => bus.manager.consumers.delete(STREAMS.commands.name, "cleanup-commands"),
    /cleanup's consumer cleanup-commands of VIGIA_COMMANDS is not there/,
    makeConsumers,
  ],
  [
    "messages that nobody asks for",
    () => bus.publish("vigia.tick.cleanup.expire-orders", {}, {}),
    /1 message for cleanup-expire-orders waits, and nobody asks for it/,
    () => bus.manager.streams.purge(STREAMS.ticks.name),
  ],
  [
    "an endpoint that lags behind what was read",
    () => database.query("UPDATE vigia.chain_cursors SET head_number = 1000000, block_number = 1000000"),
    /The endpoint 127\.0\.0\.1:\d+ is at block \d+, \d+ blocks behind/,
    () => database.query("UPDATE vigia.chain_cursors SET head_number = 0, block_number = 0"),
  ],
  [
    "a Redis that evicts",
    () => redisSays("CONFIG SET maxmemory-policy allkeys-lru"),
    /Redis evicts keys when it is full \(allkeys-lru\)/,
    () => redisSays("CONFIG SET maxmemory-policy noeviction"),
  ],
];

test.each(ILLS)("finds %s, and that alone", async (_, befall, expected, mend) => {
  await befall();
  const found = await doctor().finally(mend);
  expect(found.exitCode).toBe(EXIT.failed);
  expect(told(found)).toEqual([expect.stringMatching(expected)]);
});

test("finds an endpoint of another chain", async () => {
  const { exitCode, findings } = await doctor({ CHAIN_ID: "1" });
  expect(exitCode).toBe(EXIT.failed);
  expect(findings.map(({ what }) => what)).toEqual(
    expect.arrayContaining([
      expect.stringMatching(/The endpoint .* is of chain 31337, not of 1/),
      "The database follows chain 31337, and CHAIN_ID is 1.",
    ]),
  );
});

test("says what is wrong, why it matters and what to type, the worst first", async () => {
  await database.query("UPDATE vigia.schedules SET paused = true WHERE task = 'consistency.check'");
  await database.query("UPDATE vigia.owners SET expires_at = now() WHERE service = 'cleanup'");
  const asked = call(["doctor"], { environment });
  expect(await asked.exitCode).toBe(EXIT.failed);
  expect(asked.stdout()).toMatch(/Postgres +look below/);
  expect(asked.stdout()).toMatch(
    /CRITICAL {2}No process of cleanup is alive\.\n +Its work waits.*\n +→ vigia logs cleanup[\s\S]*NOTE +consistency\.check is paused/,
  );
});
