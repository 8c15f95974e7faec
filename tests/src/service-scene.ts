import { type Database, openDatabase } from "@vigia/database";
import { STREAMS, type TaskName, tickFor, tickId, tickSubject, toHeaders } from "@vigia/messages";
import {
  type Bus,
  connectBus,
  createLogger,
  type RunningService,
  type ServiceDefinition,
  startService,
  type TaskContext,
} from "@vigia/runtime";

const log = createLogger("scene", "fatal");

export interface Servers {
  readonly databaseUrl: string;
  readonly redisUrl: string;
  readonly natsUrl: string;
}

export interface Execution {
  readonly status: string;
  readonly attempt: number;
  readonly error: { readonly message: string } | null;
}

/** Services in this process on servers of the test, and what can be seen of their work from outside. */
export interface ServiceScene {
  readonly database: Database;
  readonly bus: Bus;
  start(definition: ServiceDefinition<never>, settings?: Record<string, string>): Promise<RunningService>;
  publishTick(task: TaskName, scheduledAt?: Date): Promise<void>;
  /** A step that leaves a row in the table of effects. */
  leave(context: TaskContext, note: string): Promise<void>;
  effects(): Promise<string[]>;
  /** Oldest first. */
  executions(): Promise<Execution[]>;
  waitingTicks(): Promise<number>;
  deadLetters(): Promise<string[]>;
  /** Subjects of all events told or to be told, oldest first. */
  events(): Promise<string[]>;
  close(): Promise<void>;
}

/** Opens a migrated, empty database and a bus for services called `service`. */
export async function openScene(service: string, servers: Servers): Promise<ServiceScene> {
  const database = await openDatabase({ url: servers.databaseUrl, applicationName: "scene" });
  await database.query(`CREATE TABLE effects (id bigint GENERATED ALWAYS AS IDENTITY, note text)`);
  const bus = await connectBus({ url: servers.natsUrl, name: "scene", log });
  const running: RunningService[] = [];
  const column = async (sql: string) => (await database.query<{ text: string }>(sql)).rows.map(({ text }) => text);
  return {
    database,
    bus,
    async start(definition, settings = {}) {
      const { databaseUrl: DATABASE_URL, redisUrl: REDIS_URL, natsUrl: NATS_URL } = servers;
      const base = { DATABASE_URL, REDIS_URL, NATS_URL, HTTP_PORT: "0", LOG_LEVEL: "fatal" };
      const started = await startService(service, definition, { ...base, ...settings });
      running.push(started);
      return started;
    },
    async publishTick(task, scheduledAt = new Date()) {
      const time = new Date().toISOString();
      const headers = toHeaders({ id: tickId(task, scheduledAt), source: "test", type: "vigia.tick", time });
      await bus.publish(tickSubject(task), tickFor(task, scheduledAt, false), headers);
    },
    leave: (context, note) =>
      context.step(async (tx) => {
        await tx.query(`INSERT INTO effects (note) VALUES ($1)`, [note]);
      }),
    effects: () => column(`SELECT note AS text FROM effects ORDER BY id`),
    executions: async () =>
      (await database.query<Execution>(`SELECT status, attempt, error FROM vigia.executions ORDER BY id`)).rows,
    waitingTicks: async () => (await bus.manager.streams.info(STREAMS.ticks.name)).state.messages,
    deadLetters: () => column(`SELECT reason AS text FROM vigia.dead_letters ORDER BY at`),
    events: () => column(`SELECT subject AS text FROM vigia.outbox ORDER BY position`),
    async close() {
      for (const each of running.splice(0)) await each.stop();
      for (const { name } of Object.values(STREAMS)) await bus.manager.streams.delete(name).catch(() => undefined);
      await bus.close();
      await database.close();
    },
  };
}
