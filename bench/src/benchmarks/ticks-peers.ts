import type { Contender, Role, Scene } from "../contender.ts";
import type { Ticking } from "./ticks.ts";

const MINUTE_MS = 60_000;
const EVERY_MINUTE = "* * * * *";

type Make = (name: string, role: Role, ticking: Ticking, everySeconds?: number) => Contender;

/** Schedules of graphile-worker and pg-boss have no seconds: they are measured by the minute. */
export function peersOfTicks(scene: Scene, make: Make): Contender[] {
  const { peers } = scene;
  return [
    ...(peers.wants("bullmq") ? [make("bullmq, a job scheduler", "peer", bullmq(scene))] : []),
    ...(peers.wants("graphile-worker")
      ? [make("graphile-worker, a crontab by the minute", "peer", graphileWorker(scene), 60)]
      : []),
    ...(peers.wants("pg-boss") ? [make("pg-boss, a schedule by the minute", "peer", pgBoss(scene), 60)] : []),
  ];
}

interface BullMq {
  Queue: new (
    name: string,
    options: object,
  ) => {
    upsertJobScheduler(id: string, repeat: object, template: object): Promise<unknown>;
    removeJobScheduler(id: string): Promise<unknown>;
    close(): Promise<void>;
  };
  Worker: new (
    name: string,
    work: (job: { readonly id: string }) => Promise<void>,
    options: object,
  ) => { close(): Promise<void> };
}

function bullmq({ servers, peers }: Scene): Ticking {
  return async (late) => {
    const { Queue, Worker } = peers.load<BullMq>("bullmq");
    const connection = { url: servers.redisUrl, maxRetriesPerRequest: null };
    const queue = new Queue("bench-ticks", { connection });
    const worker = new Worker(
      "bench-ticks",
      // The job's id ends with its instant.
      async ({ id }) => late(Date.now() - Number(id.split(":").at(-1))),
      { connection, removeOnComplete: { count: 0 } },
    );
    await queue.upsertJobScheduler("tick", { pattern: "* * * * * *" }, { name: "tick" });
    return async () => {
      await queue.removeJobScheduler("tick");
      await worker.close();
      await queue.close();
    };
  };
}

interface GraphileWorker {
  run(options: object): Promise<{ stop(): Promise<void> }>;
  Logger: new (factory: () => () => void) => unknown;
}

function graphileWorker({ servers, peers }: Scene): Ticking {
  return async (late) => {
    const { run, Logger } = peers.load<GraphileWorker>("graphile-worker");
    const runner = await run({
      connectionString: servers.postgresUrl,
      crontab: `${EVERY_MINUTE} tick`,
      taskList: {
        tick: async (payload: { readonly _cron: { readonly ts: string } }) =>
          late(Date.now() - Date.parse(payload._cron.ts)),
      },
      noHandleSignals: true,
      logger: new Logger(() => () => undefined),
    });
    return () => runner.stop();
  };
}

interface Boss {
  on(event: "error", listener: () => void): void;
  start(): Promise<unknown>;
  createQueue(name: string): Promise<void>;
  schedule(name: string, cron: string): Promise<void>;
  work(name: string, options: object, handle: (jobs: readonly { createdOn: Date }[]) => Promise<void>): Promise<string>;
  stop(options: object): Promise<void>;
}

function pgBoss({ servers, peers }: Scene): Ticking {
  return async (late) => {
    const PgBoss = peers.load<new (options: object) => Boss>("pg-boss");
    const boss = new PgBoss({ connectionString: servers.postgresUrl, max: 4 });
    boss.on("error", () => undefined);
    await boss.start();
    await boss.createQueue("bench-ticks");
    await boss.work("bench-ticks", { includeMetadata: true, pollingIntervalSeconds: 0.5 }, async ([job]) => {
      // The job is made within the minute after its instant, and does not name it.
      if (job) late(Date.now() - Math.floor(job.createdOn.getTime() / MINUTE_MS) * MINUTE_MS);
    });
    await boss.schedule("bench-ticks", EVERY_MINUTE);
    return () => boss.stop({ graceful: false });
  };
}
