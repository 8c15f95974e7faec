import { type Database, openDatabase } from "@vigia/database";
import { COMMAND_TARGETS, type TaskName, targetOf, taskDefinition, trackerChanged } from "@vigia/messages";
import { createTracker, type RedisPlace, type Tracker } from "@vigia/tracker";
import type { FastifyInstance } from "fastify";
import type { z } from "zod";
import { type Bus, type BusPlace, connectBus, isLoginRefused } from "../bus/bus.ts";
import { awaitStreams, ensureStreams } from "../bus/streams.ts";
import { asError, ConfigurationError, ServiceStoppingError } from "../errors.ts";
import { consumeEvents } from "../event/consume-events.ts";
import type { EventConsumer } from "../event/event-consumer.ts";
import { startOutboxRelay } from "../outbox-relay.ts";
import { createRedactor, type Redact } from "../redact.ts";
import { consumeCommands, type Served } from "../task/command-consumer.ts";
import type { TaskRunner } from "../task/run-task.ts";
import type { ServiceCommand } from "../task/service-command.ts";
import { createStragglers } from "../task/stragglers.ts";
import type { Task } from "../task/task.ts";
import { consumeTicks } from "../task/tick-consumer.ts";
import { startTraceDelivery } from "../trace/delivery.ts";
import type { Component } from "./component.ts";
import { createHttp, type HealthQuestions } from "./health.ts";
import { type DatabasePlace, readPlaces } from "./links.ts";
import { createLogger, type Logger } from "./logging.ts";
import { createMetrics, type Metrics } from "./metrics.ts";
import { startRecovery } from "./recovery.ts";
import { type Servers, watchServers } from "./servers.ts";
import { type BaseSettings, baseSettings, readSettings } from "./settings.ts";
import { stopAll } from "./shutdown.ts";
import { tlsAdvice } from "./tls-advice.ts";

/** EX_CONFIG of sysexits.h: starting again cannot help. */
const EXIT_CONFIGURATION = 78;
const STOP_DEADLINE_MS = 9_000;
const START_RETRY_MS = 2_000;

/** What the parts of a service are made from. */
export interface ServiceEnvironment<Settings> {
  readonly settings: BaseSettings & Settings;
  readonly database: Database;
  readonly bus: Bus;
  readonly tracker: Tracker;
  readonly metrics: Metrics;
  readonly log: Logger;
  readonly service: string;
}

export interface ServiceDefinition<Schema extends z.ZodObject> {
  /** The service's own settings, by their variables' names. */
  readonly settings?: Schema;
  readonly tasks?:
    | readonly Task[]
    | ((environment: ServiceEnvironment<z.infer<Schema>>) => readonly Task[] | Promise<readonly Task[]>);
  /** Time limits in seconds, where they are not the catalogue's. */
  readonly limits?: Partial<Record<TaskName, number>>;
  /** Commands that the service carries out by itself, without a run. */
  readonly commands?: (environment: ServiceEnvironment<z.infer<Schema>>) => readonly ServiceCommand[];
  readonly consumers?: readonly EventConsumer[];
  /** Parts that run by themselves, neither by tick nor by event. */
  readonly components?: (environment: ServiceEnvironment<z.infer<Schema>>) => Promise<Component[]>;
  /** Pages and interfaces beside health and metrics. */
  readonly routes?: (app: FastifyInstance, environment: ServiceEnvironment<z.infer<Schema>>) => Promise<void> | void;
}

export interface RunningService {
  /** The port that health, metrics and pages are served on. */
  readonly port: number;
  /**
   * Finishes or hands back what is under way, and frees everything, within 8 s. Safe to call twice. Throws where a part did
   * not stop in time, unless Postgres is away: what it has not committed then is undone, and its message comes again.
   */
  stop(): Promise<void>;
}

/** The whole life of a service's process: start, run until SIGTERM or SIGINT, stop cleanly, exit. */
export function runService<Schema extends z.ZodObject = z.ZodObject<Record<never, never>>>(
  service: string,
  definition: ServiceDefinition<Schema>,
): void {
  main(service, definition).catch((thrown: unknown) => {
    const error = asError(thrown);
    const log = createLogger(service, "info");
    if (error instanceof ConfigurationError) {
      log.fatal({ problems: error.problems }, "the configuration is wrong");
      console.error(`${service}: ${error.message}`);
      process.exit(EXIT_CONFIGURATION);
    }
    log.fatal({ err: error }, "the service failed");
    process.exit(1);
  });
}

async function main<Schema extends z.ZodObject>(service: string, definition: ServiceDefinition<Schema>): Promise<void> {
  let running: RunningService | undefined;
  let signals = 0;
  const onSignal = () => {
    signals += 1;
    if (signals > 1) process.exit(1);
    // Before the start is over nothing is held that a restart would miss.
    if (!running) process.exit(0);
    setTimeout(() => process.exit(1), STOP_DEADLINE_MS).unref();
    running.stop().then(
      () => process.exit(0),
      () => process.exit(1),
    );
  };
  process.on("SIGTERM", onSignal).on("SIGINT", onSignal);
  running = await startService(service, definition, process.env);
}

/** Starts a service and hands back its stop. Throws `ConfigurationError` where a setting is wrong. */
export async function startService<Schema extends z.ZodObject>(
  service: string,
  definition: ServiceDefinition<Schema>,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<RunningService> {
  const schema = baseSettings.extend(definition.settings?.shape ?? {});
  const settings = readSettings(schema, environment, service) as BaseSettings & z.infer<Schema>;
  const places = readPlaces(settings);
  const redact = createRedactor(settings);
  const log = createLogger(service, settings.LOG_LEVEL, redact);
  const metrics = createMetrics(service);
  const stopping = new AbortController();
  const started: Component[] = [];
  let servers: Servers | undefined;
  const stop = once(async () => {
    stopping.abort(new ServiceStoppingError(`${service} is stopping`));
    log.info("stopping");
    const left = await stopAll(started.reverse(), log, servers);
    if (left.length === 0) return log.info("stopped");
    log.error({ parts: left }, "stopped, but for parts that took too long");
    throw new Error(`${service} did not stop in time: ${left.join(", ")}`);
  });
  try {
    started.push(await startTraceDelivery(service, settings, log));
    const database = await connectDatabase(places.database, service, log);
    started.push({ name: "database", stop: () => database.close() });
    const bus = await connectToBus(places.nats, service, log);
    started.push({ name: "bus", stop: () => bus.close() });
    servers = watchServers(database, bus);
    const restoreStreams = () => ensureStreams(bus, settings.NATS_REPLICAS, log);
    await awaitStreams(bus, settings.NATS_REPLICAS, log);
    started.push(startOutboxRelay({ database, bus, source: service, log, relayed: metrics.relayed, restoreStreams }));
    const tracker = createServiceTracker(service, places.redis, database, metrics, log, redact);
    await tracker.start();
    started.push({ name: "tracker", stop: () => tracker.stop() });
    started.push(await startRecovery({ service, database, tracker, bus, log }));

    const parts: ServiceEnvironment<z.infer<Schema>> = { settings, database, bus, tracker, metrics, log, service };
    const stragglers = createStragglers(log);
    started.push(stragglers);
    const limitSecondsOf = (task: TaskName) => definition.limits?.[task] ?? taskDefinition(task).timeLimitSeconds;
    const runner: TaskRunner = {
      ...{ service, database, tracker, metrics, log, redact, limitSecondsOf, stragglers },
      stopping: stopping.signal,
      restoreStreams,
    };
    const tasks = typeof definition.tasks === "function" ? await definition.tasks(parts) : (definition.tasks ?? []);
    const served: Served = { tasks, commands: definition.commands?.(parts) ?? [] };
    started.push(...(await consumeAll(bus, runner, served, definition.consumers ?? [])));
    started.push(...((await definition.components?.(parts)) ?? []));

    const trustProxy = settings.HTTP_TRUST_PROXY;
    const http = createHttp({ log, metrics, redact, trustProxy }, askParts(started, servers, metrics));
    await definition.routes?.(http, parts);
    await http.listen({ host: settings.HTTP_HOST, port: settings.HTTP_PORT });
    started.push({ name: "http", stop: () => http.close() });
    const port = portOf(http) ?? settings.HTTP_PORT;
    log.info({ port, tasks: tasks.map(({ name }) => name) }, "started");
    return { port, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Postgres may come up after us: waits for it, and says so. A wrong password or database is an error at once. */
async function connectDatabase(place: DatabasePlace, service: string, log: Logger): Promise<Database> {
  for (;;) {
    try {
      const onConnectionError = (error: Error) => log.warn({ err: error }, "an idle database connection broke");
      return await openDatabase({ ...place, applicationName: `vigia-${service}`, onConnectionError });
    } catch (thrown) {
      const error = asError(thrown);
      const code = "code" in error ? String(error.code) : "";
      if (/^(28|3D)/.test(code)) throw new ConfigurationError([`DATABASE_URL: ${error.message}`]);
      const refusal = configurationErrorOf("DATABASE", error);
      if (refusal) throw refusal;
      log.warn({ reason: error.message }, "waiting for the database");
      await new Promise((resolve) => setTimeout(resolve, START_RETRY_MS));
    }
  }
}

/** As above: waits for NATS, but for no login or certificate that is refused. */
async function connectToBus(place: BusPlace, service: string, log: Logger): Promise<Bus> {
  try {
    return await connectBus({ ...place, name: service, log });
  } catch (error) {
    if (isLoginRefused(error)) throw new ConfigurationError(["NATS_URL: NATS refuses its user or password"]);
    throw configurationErrorOf("NATS", error) ?? error;
  }
}

function configurationErrorOf(server: string, error: unknown): ConfigurationError | undefined {
  const advice = tlsAdvice(server, error);
  return advice === undefined ? undefined : new ConfigurationError([advice]);
}

function createServiceTracker(
  service: string,
  redis: RedisPlace,
  database: Database,
  metrics: Metrics,
  log: Logger,
  redact: Redact,
): Tracker {
  let told = Promise.resolve();
  const tell = (status: "degraded" | "restored", reason: string) => {
    metrics.setDegraded(status === "degraded");
    const event = trackerChanged({ status, instance: tracker.owner, reason, at: new Date().toISOString() });
    // One after the other: what is told last is what is so.
    told = told
      .then(() => database.transaction({ source: service }, (tx) => tx.emit(event)))
      .catch((error: unknown) => log.error({ err: error }, "the tracker's state could not be told"));
  };
  const tracker: Tracker = createTracker({
    redis,
    postgres: database,
    service,
    log,
    onDegraded: ({ reason, cause }) => {
      const advice = tlsAdvice("REDIS", cause);
      if (advice) log.error({ reason: advice }, "redis is not used until this is mended");
      tell("degraded", redact(advice ?? reason));
    },
    onRestored: () => tell("restored", "Redis answers again"),
  });
  return tracker;
}

async function consumeAll(
  bus: Bus,
  runner: TaskRunner,
  served: Served,
  consumers: readonly EventConsumer[],
): Promise<Component[]> {
  const { tasks, commands } = served;
  const addressed = new Set([...tasks, ...commands].map(({ name }) => targetOf(name)));
  const targets = COMMAND_TARGETS.filter((target) => addressed.has(target));
  return Promise.all([
    ...tasks.filter(({ name }) => taskDefinition(name).schedule).map((task) => consumeTicks(bus, runner, task)),
    ...targets.map((target) => consumeCommands(bus, runner, target, served)),
    ...consumers.map((consumer) => consumeEvents(bus, runner, consumer)),
  ]);
}

function askParts(parts: readonly Component[], servers: Servers, metrics: Metrics): HealthQuestions {
  return {
    async unhealthy() {
      await servers.away();
      return parts.flatMap(({ problem }) => problem?.(servers.answeringSinceMs()) ?? []);
    },
    notReady: async () => [...(await servers.away()), ...parts.flatMap(({ waiting }) => waiting?.() ?? [])],
    notes: () => (metrics.isDegraded() ? ["Redis is away: locks and state are kept in Postgres"] : []),
  };
}

function portOf(http: FastifyInstance): number | undefined {
  const address = http.server.address();
  return typeof address === "object" ? address?.port : undefined;
}

function once(work: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined;
  return () => {
    running ??= work();
    return running;
  };
}
