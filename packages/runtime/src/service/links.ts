import { type DatabaseTls, readDatabaseUrl } from "@vigia/database";
import { parseRedisUrl, type RedisPlace } from "@vigia/tracker";
import { z } from "zod";
import type { BusPlace } from "../bus/bus.ts";
import { readNatsUrl } from "../bus/nats-url.ts";
import { asError, ConfigurationError } from "../errors.ts";

const pem = (kind: string) =>
  z
    .string()
    .refine((text) => new RegExp(`-----BEGIN ([A-Z]+ )*${kind}-----`).test(text), {
      message: `must be PEM text with a ${kind}; to give a file's path, append _FILE to the name`,
    })
    .optional();
const certificate = pem("CERTIFICATE");
const privateKey = pem("PRIVATE KEY");

const urlOf = (protocols: readonly string[]) =>
  z.string().refine((text) => protocols.some((protocol) => text.startsWith(`${protocol}://`)), {
    message: `must be a URL that starts with ${protocols.map((protocol) => `${protocol}://`).join(" or ")}`,
  });

/** How a service reaches its servers. What ends in `_TLS_…` goes with a URL that asks for TLS, and is PEM text. */
export const linkSettings = z.object({
  DATABASE_URL: urlOf(["postgres", "postgresql"]).meta({
    yaml: "database.url",
    description:
      "Where PostgreSQL is: `postgres://user:password@host:port/database`, and `?sslmode=verify-full` for TLS",
  }),
  DATABASE_TLS_CA: certificate.meta({
    yaml: "database.tls.ca",
    description: "Whose certificates are trusted, in place of the authorities that Node knows",
  }),
  DATABASE_TLS_CERT: certificate.meta({
    yaml: "database.tls.cert",
    description: "Our certificate, where PostgreSQL asks for one",
  }),
  DATABASE_TLS_KEY: privateKey.meta({ yaml: "database.tls.key", description: "Its private key" }),
  REDIS_URL: urlOf(["redis", "rediss", "redis-sentinel", "rediss-sentinel", "redis-cluster", "rediss-cluster"]).meta({
    yaml: "redis.url",
    description:
      "Where Redis is: `redis://`, `redis-sentinel://` or `redis-cluster://`; `rediss` in place of `redis` for TLS",
  }),
  REDIS_SENTINEL_USERNAME: z
    .string()
    .optional()
    .meta({ yaml: "redis.sentinel.username", description: "The sentinels' own user, where they have one" }),
  REDIS_SENTINEL_PASSWORD: z.string().optional().meta({ yaml: "redis.sentinel.password", description: "Its password" }),
  REDIS_TLS_CA: certificate.meta({
    yaml: "redis.tls.ca",
    description: "Whose certificates are trusted, in place of the authorities that Node knows",
  }),
  REDIS_TLS_CERT: certificate.meta({
    yaml: "redis.tls.cert",
    description: "Our certificate, where Redis asks for one",
  }),
  REDIS_TLS_KEY: privateKey.meta({ yaml: "redis.tls.key", description: "Its private key" }),
  NATS_URL: urlOf(["nats", "tls"]).meta({
    yaml: "nats.url",
    description: "Where NATS is: `nats://user:password@host:port`, several with commas between; `tls://` for TLS",
  }),
  NATS_TLS_CA: certificate.meta({
    yaml: "nats.tls.ca",
    description: "Whose certificates are trusted, in place of the authorities that Node knows",
  }),
  NATS_TLS_CERT: certificate.meta({ yaml: "nats.tls.cert", description: "Our certificate, where NATS asks for one" }),
  NATS_TLS_KEY: privateKey.meta({ yaml: "nats.tls.key", description: "Its private key" }),
  NATS_REPLICAS: z.coerce
    .number()
    .refine((count) => [1, 3, 5].includes(count), { message: "must be 1, 3 or 5: an even number survives no more" })
    .default(1)
    .meta({ yaml: "nats.replicas", description: "On how many NATS servers each stream lies: 1, 3 or 5" }),
});

/** The parts of it that reach one server, for a program that needs no others. */
export const databaseSettings = linkSettings.pick({
  ...{ DATABASE_URL: true, DATABASE_TLS_CA: true, DATABASE_TLS_CERT: true, DATABASE_TLS_KEY: true },
});
export const natsSettings = linkSettings.pick({
  ...{ NATS_URL: true, NATS_TLS_CA: true, NATS_TLS_CERT: true, NATS_TLS_KEY: true },
});

/** Those of Redis alone. */
export const redisSettings = linkSettings.pick({
  ...{ REDIS_URL: true, REDIS_SENTINEL_USERNAME: true, REDIS_SENTINEL_PASSWORD: true },
  ...{ REDIS_TLS_CA: true, REDIS_TLS_CERT: true, REDIS_TLS_KEY: true },
});

type LinkSettings = z.infer<typeof linkSettings>;
type RedisSettings = z.infer<typeof redisSettings>;
type DatabaseSettings = z.infer<typeof databaseSettings>;
type NatsSettings = z.infer<typeof natsSettings>;

export interface DatabasePlace {
  readonly url: string;
  readonly tls?: DatabaseTls | undefined;
}

/** Where the database is. Throws `ConfigurationError` where its settings do not fit together; so do its neighbours. */
export function databasePlace(settings: DatabaseSettings): DatabasePlace {
  return place("DATABASE", () => {
    const { DATABASE_URL: url, DATABASE_TLS_CA: ca, DATABASE_TLS_CERT: cert, DATABASE_TLS_KEY: key } = settings;
    const tls = tlsOf(ca, cert, key);
    readDatabaseUrl(url, tls);
    return { url, tls };
  });
}

export function redisPlace(settings: RedisSettings): RedisPlace {
  return place("REDIS", () => {
    const tls = tlsOf(settings.REDIS_TLS_CA, settings.REDIS_TLS_CERT, settings.REDIS_TLS_KEY);
    const { secure } = parseRedisUrl(settings.REDIS_URL);
    if (tls && !secure) throw new Error("must start with rediss, as its TLS is set up");
    return {
      url: settings.REDIS_URL,
      tls,
      sentinelUsername: settings.REDIS_SENTINEL_USERNAME,
      sentinelPassword: settings.REDIS_SENTINEL_PASSWORD,
    };
  });
}

export function natsPlace(settings: NatsSettings): BusPlace {
  return place("NATS", () => {
    const tls = tlsOf(settings.NATS_TLS_CA, settings.NATS_TLS_CERT, settings.NATS_TLS_KEY);
    const { secure } = readNatsUrl(settings.NATS_URL);
    if (tls && !secure) throw new Error("must start with tls://, as its TLS is set up");
    return { url: settings.NATS_URL, tls };
  });
}

/** All of them. Throws one `ConfigurationError` with what is wrong in any. */
export function readPlaces(settings: LinkSettings): { database: DatabasePlace; redis: RedisPlace; nats: BusPlace } {
  const problems: string[] = [];
  const read = <T>(placeOf: (from: LinkSettings) => T): T | undefined => {
    try {
      return placeOf(settings);
    } catch (error) {
      if (!(error instanceof ConfigurationError)) throw error;
      problems.push(...error.problems);
      return undefined;
    }
  };
  const [database, redis, nats] = [read(databasePlace), read(redisPlace), read(natsPlace)];
  if (!database || !redis || !nats) throw new ConfigurationError(problems);
  return { database, redis, nats };
}

function place<T>(server: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw new ConfigurationError([`${server}_URL: ${asError(error).message}`]);
  }
}

function tlsOf(ca: string | undefined, cert: string | undefined, key: string | undefined): DatabaseTls | undefined {
  if ((cert === undefined) !== (key === undefined)) throw new Error("its TLS certificate and key go together");
  return ca || cert ? { ca, cert, key } : undefined;
}
