/** PEM texts. */
export interface TlsOptions {
  /** Whose certificates are trusted, instead of the authorities that Node knows. */
  readonly ca?: string | undefined;
  /** Ours, where the server asks for one. */
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
}

/** Where Redis is, and what it takes to get in. */
export interface RedisPlace {
  /**
   * One server: `redis://user:password@host:port/database`.
   * Sentinel: `redis-sentinel://user:password@host:port,host:port/database?master=name`; the user is the master's.
   * Cluster: `redis-cluster://user:password@host:port,host:port`.
   * With TLS: `rediss`, `rediss-sentinel`, `rediss-cluster`. A Valkey is addressed the same way.
   */
  readonly url: string;
  /** Only with a URL that asks for TLS. */
  readonly tls?: TlsOptions | undefined;
  /** The sentinels' own user, where they have one. */
  readonly sentinelUsername?: string | undefined;
  readonly sentinelPassword?: string | undefined;
}

export interface RedisNode {
  readonly host: string;
  readonly port: number;
}

export interface RedisAddress {
  readonly kind: "standalone" | "sentinel" | "cluster";
  readonly secure: boolean;
  readonly nodes: readonly RedisNode[];
  readonly username?: string;
  readonly password?: string;
  readonly database: number;
  /** The name that the sentinels know the master by. */
  readonly master?: string;
}

const URL_OF_REDIS = /^redis(s?)(?:-(sentinel|cluster))?:\/\/(?:([^@/]*)@)?([^/?#]+)(?:\/([^?#]*))?(?:\?([^#]*))?$/;
const PORTS = { standalone: 6_379, cluster: 6_379, sentinel: 26_379 } as const;

/** Reads a Redis URL as {@link RedisPlace} describes it. Throws an `Error` that says what is wrong, never the password. */
export function parseRedisUrl(url: string): RedisAddress {
  const [, tls, special = "standalone", login, hosts = "", path = "", query = ""] = URL_OF_REDIS.exec(url) ?? [];
  if (hosts === "") throw new Error("must look like redis://user:password@host:port/database");
  const kind = special as RedisAddress["kind"];
  const nodes = hosts.split(",").map((place) => parseNode(place, PORTS[kind]));
  if (kind === "standalone" && nodes.length > 1) {
    throw new Error("names several servers: say redis-sentinel:// or redis-cluster://");
  }
  const database = path === "" ? 0 : Number(path);
  if (!Number.isInteger(database) || database < 0) throw new Error(`"${path}" is not the number of a database`);
  if (kind === "cluster" && database !== 0) throw new Error("a cluster has database 0 alone");
  const master = new URLSearchParams(query).get("master") ?? undefined;
  if (kind === "sentinel" && !master) throw new Error("must name the sentinels' master: append ?master=name");
  const [username, password] = parseLogin(login);
  return {
    ...{ kind, secure: tls === "s", nodes, database },
    ...(username ? { username } : {}),
    ...(password ? { password } : {}),
    ...(master ? { master } : {}),
  };
}

function parseNode(place: string, defaultPort: number): RedisNode {
  const [, host, port = String(defaultPort)] = /^(\[[^\]]+\]|[^:[\]\s]+)(?::(\d+))?$/.exec(place) ?? [];
  const number = Number(port);
  if (host === undefined || number > 65_535) throw new Error(`"${place}" is not an address: write host:port`);
  return { host: host.replace(/^\[|\]$/g, ""), port: number };
}

function parseLogin(login = ""): [string, string] {
  const colon = login.indexOf(":");
  const [user, password] = colon < 0 ? [login, ""] : [login.slice(0, colon), login.slice(colon + 1)];
  try {
    return [decodeURIComponent(user), decodeURIComponent(password)];
  } catch {
    throw new Error("its user or password holds a % that is not an escape: write %25");
  }
}
