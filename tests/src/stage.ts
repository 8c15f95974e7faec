import { createDatabase, type ServerHandle, startNats, startRedis } from "@vigia/testkit";
import { openScene, type ServiceScene } from "./service-scene.ts";

/** What the tests of a block share. Scenes of it are closed before the block ends. */
export interface Stage {
  readonly nats: ServerHandle;
  readonly redis: ServerHandle;
  /** A scene of services called `service` on a migrated, empty database. */
  openSceneOn(databaseUrl: string, service: string): Promise<ServiceScene>;
  /** The same on a database of its own, which goes with it. */
  openScene(service: string): Promise<ServiceScene & { readonly databaseUrl: string }>;
}

/** One NATS and one Redis for all tests of the block that calls this. */
export function useStage(): Stage {
  let nats: ServerHandle;
  let redis: ServerHandle;
  beforeAll(async () => {
    [nats, redis] = await Promise.all([startNats(), startRedis()]);
  });
  afterAll(async () => {
    await Promise.all([nats.stop(), redis.stop()]);
  });

  const openSceneOn = (databaseUrl: string, service: string) =>
    openScene(service, { databaseUrl, redisUrl: redis.url, natsUrl: nats.url });
  return {
    get nats() {
      return nats;
    },
    get redis() {
      return redis;
    },
    openSceneOn,
    async openScene(service) {
      const database = await createDatabase();
      const scene = await openSceneOn(database.url, service);
      return {
        ...scene,
        databaseUrl: database.url,
        async close() {
          await scene.close();
          await database.drop();
        },
      };
    },
  };
}
