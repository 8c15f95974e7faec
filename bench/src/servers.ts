import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect } from "@nats-io/transport-node";
import { migrate } from "@vigia/database";
import { postgresDirFor, startNats, startPostgres, startRedis } from "@vigia/servers";
import { Redis } from "ioredis";
import { Client } from "pg";

/** Servers for one run, empty and migrated, set up as for production: what they confirm is on disk where it would be. */
export interface Servers {
  readonly natsUrl: string;
  readonly redisUrl: string;
  readonly postgresUrl: string;
  /** What a service finds in its environment. */
  readonly environment: Readonly<Record<string, string>>;
  versions(): Promise<{ nats: string; redis: string; postgres: string }>;
  stop(): Promise<void>;
}

export async function startServers(): Promise<Servers> {
  const dir = mkdtempSync(join(tmpdir(), "vigia-bench-"));
  // PostgreSQL may run as another user, who has to pass through.
  chmodSync(dir, 0o711);
  const postgresDir = join(dir, "postgres");
  const started = await Promise.allSettled([
    startNats({ dir: join(dir, "nats") }),
    startRedis({ dir: join(dir, "redis") }),
    startPostgres({ dir: postgresDir }),
  ]);
  const stop = async () => {
    await Promise.all(started.flatMap((each) => (each.status === "fulfilled" ? [each.value.stop()] : [])));
    for (const each of [postgresDirFor(postgresDir), dir]) rmSync(each, { recursive: true, force: true });
  };
  const [nats, redis, postgres] = started;
  if (nats.status === "rejected" || redis.status === "rejected" || postgres.status === "rejected") {
    await stop();
    throw started.find((each) => each.status === "rejected")?.reason;
  }
  const urls = { natsUrl: nats.value.url, redisUrl: redis.value.url, postgresUrl: postgres.value.url };
  await migrate({ url: urls.postgresUrl });
  return {
    ...urls,
    environment: {
      DATABASE_URL: urls.postgresUrl,
      REDIS_URL: urls.redisUrl,
      NATS_URL: urls.natsUrl,
      HTTP_PORT: "0",
      LOG_LEVEL: "error",
    },
    versions: () => askVersions(urls),
    stop,
  };
}

async function askVersions({ natsUrl, redisUrl, postgresUrl }: Pick<Servers, "natsUrl" | "redisUrl" | "postgresUrl">) {
  const bus = await connect({ servers: natsUrl });
  const redis = new Redis(redisUrl);
  const client = new Client({ connectionString: postgresUrl });
  await client.connect();
  try {
    const { rows } = await client.query<{ server_version: string }>("SHOW server_version");
    return {
      nats: bus.info?.version ?? "unknown",
      redis: /^redis_version:(\S+)/m.exec(await redis.info("server"))?.[1] ?? "unknown",
      postgres: rows[0]?.server_version ?? "unknown",
    };
  } finally {
    redis.disconnect();
    await Promise.all([bus.close(), client.end()]);
  }
}
