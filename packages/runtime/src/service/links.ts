import { type DatabaseTls, readDatabaseUrl } from "@vigia/database";
import { parseRedisUrl, type RedisPlace } from "@vigia/tracker";
import { z } from "zod";
import type { BusPlace } from "../bus/bus.ts";
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
  DATABASE_URL: urlOf(["postgres", "postgresql"]),
  DATABASE_TLS_CA: certificate,
  DATABASE_TLS_CERT: certificate,
  DATABASE_TLS_KEY: privateKey,
  REDIS_URL: urlOf(["redis", "rediss", "redis-sentinel", "rediss-sentinel", "redis-cluster", "rediss-cluster"]),
  REDIS_SENTINEL_USERNAME: z.string().optional(),
  REDIS_SENTINEL_PASSWORD: z.string().optional(),
  REDIS_TLS_CA: certificate,
  REDIS_TLS_CERT: certificate,
  REDIS_TLS_KEY: privateKey,
  /** One address, or several with commas between them. */
  NATS_URL: urlOf(["nats", "tls"]),
  NATS_TLS_CA: certificate,
  NATS_TLS_CERT: certificate,
  NATS_TLS_KEY: privateKey,
  NATS_REPLICAS: z.coerce
    .number()
    .refine((count) => [1, 3, 5].includes(count), { message: "must be 1, 3 or 5: an even number survives no more" })
    .default(1),
});

type LinkSettings = z.infer<typeof linkSettings>;

export interface DatabasePlace {
  readonly url: string;
  readonly tls?: DatabaseTls | undefined;
}

/** Where the database is. Throws `ConfigurationError` where its settings do not fit together; so do its neighbours. */
export function databasePlace(
  settings: Pick<LinkSettings, "DATABASE_URL" | "DATABASE_TLS_CA" | "DATABASE_TLS_CERT" | "DATABASE_TLS_KEY">,
): DatabasePlace {
  return place("DATABASE", () => {
    const { DATABASE_URL: url, DATABASE_TLS_CA: ca, DATABASE_TLS_CERT: cert, DATABASE_TLS_KEY: key } = settings;
    const tls = tlsOf(ca, cert, key);
    readDatabaseUrl(url, tls);
    return { url, tls };
  });
}

export function redisPlace(settings: LinkSettings): RedisPlace {
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

export function natsPlace(
  settings: Pick<LinkSettings, "NATS_URL" | "NATS_TLS_CA" | "NATS_TLS_CERT" | "NATS_TLS_KEY">,
): BusPlace {
  return place("NATS", () => {
    const url = settings.NATS_URL;
    const tls = tlsOf(settings.NATS_TLS_CA, settings.NATS_TLS_CERT, settings.NATS_TLS_KEY);
    const protocols = new Set(url.split(",").map((address) => /^(nats|tls):\/\/[^\s/]/.exec(address.trim())?.[1]));
    if (protocols.has(undefined)) throw new Error("must be nats://host:port, or several with commas between them");
    if (protocols.size > 1) throw new Error("must say tls:// for all of its addresses, or for none");
    if (tls && !protocols.has("tls")) throw new Error("must start with tls://, as its TLS is set up");
    return { url, tls };
  });
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
