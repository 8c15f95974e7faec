import { openDatabase } from "@vigia/database";
import {
  type Authority,
  type Certificate,
  createAuthority,
  type ServerHandle,
  startNats,
  startPostgres,
  startRedis,
} from "@vigia/testkit";
import { createTracker } from "@vigia/tracker";
import { connectBus } from "../bus/bus.ts";
import { asError } from "../errors.ts";
import { databasePlace, linkSettings, natsPlace, redisPlace } from "./links.ts";
import { createLogger } from "./logging.ts";
import { tlsAdvice } from "./tls-advice.ts";

const log = createLogger("test", "fatal");
const LIMIT = { firstConnectionTimeoutMs: 2_000 };
const NAMES = ["localhost", "127.0.0.1"];

interface Tls {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
}

/**
 * A server, and how a service opens and closes a connection to it with its settings. A server that was started with TLS
 * takes nobody in plain: whoever is let in speaks it.
 */
interface Kind {
  readonly name: "DATABASE" | "REDIS" | "NATS";
  start(tls?: { ca: string; cert: string; key: string; verifyClients: boolean }): Promise<ServerHandle>;
  secureUrl(server: ServerHandle, host: string): string;
  enter(url: string, tls: Tls): Promise<void>;
}

function settingsFor(name: Kind["name"], url: string, { ca, cert, key }: Tls) {
  return linkSettings.parse({
    DATABASE_URL: "postgres://localhost/vigia",
    REDIS_URL: "redis://localhost",
    NATS_URL: "nats://localhost",
    [`${name}_URL`]: url,
    [`${name}_TLS_CA`]: ca,
    [`${name}_TLS_CERT`]: cert,
    [`${name}_TLS_KEY`]: key,
  });
}

const KINDS: readonly Kind[] = [
  {
    name: "DATABASE",
    start: (tls) => startPostgres(tls ? { tls } : {}),
    secureUrl: ({ url }, host) => `${url.replace("127.0.0.1", host)}?sslmode=verify-full`,
    async enter(url, tls) {
      const place = databasePlace(settingsFor("DATABASE", url, tls));
      const database = await openDatabase({ ...place, applicationName: "test" });
      await database.close();
    },
  },
  {
    name: "REDIS",
    start: (tls) => startRedis(tls ? { tls } : {}),
    secureUrl: ({ port }, host) => `rediss://${host}:${port}`,
    async enter(url, tls) {
      const tracker = createTracker({ service: "test", redis: redisPlace(settingsFor("REDIS", url, tls)) });
      try {
        await tracker.start();
        await tracker.saveJobState("job", 1);
      } finally {
        await tracker.stop();
      }
    },
  },
  {
    name: "NATS",
    start: (tls) => startNats(tls ? { tls } : {}),
    secureUrl: ({ port }, host) => `tls://${host}:${port}`,
    async enter(url, tls) {
      const bus = await connectBus({ ...natsPlace(settingsFor("NATS", url, tls)), name: "test", log, ...LIMIT });
      await bus.connection.flush();
      await bus.close();
    },
  },
];

let authority: Authority;
let stranger: Authority;
let client: Certificate;

beforeAll(async () => {
  authority = await createAuthority();
  stranger = await createAuthority("Somebody else");
  client = await authority.issue("vigia");
});

describe.each(KINDS)("$name with TLS", ({ name, start, secureUrl, enter }) => {
  let server: ServerHandle;

  async function startWith(names: readonly string[], verifyClients = false) {
    server = await start({ ca: authority.ca, ...(await authority.issue(...names)), verifyClients });
  }

  /** What the operator reads where the connection is refused. */
  async function adviceFor(url: string, tls: Tls) {
    const error = await enter(url, tls).then(
      () => new Error("it was let in"),
      (thrown: unknown) => asError(thrown),
    );
    return tlsAdvice(name, error) ?? `no advice: ${error.message}`;
  }

  afterEach(() => server.stop());

  it("is reached by name and by address where its authority is trusted, and not otherwise", async () => {
    await startWith(NAMES);
    for (const host of NAMES) await enter(secureUrl(server, host), { ca: authority.ca });
    expect(await adviceFor(secureUrl(server, "localhost"), { ca: stranger.ca })).toContain(`${name}_TLS_CA_FILE`);
    expect(await adviceFor(secureUrl(server, "localhost"), {})).toContain(`${name}_TLS_CA_FILE`);
  });

  it("is not believed under another name", async () => {
    await startWith(["elsewhere.example"]);
    expect(await adviceFor(secureUrl(server, "localhost"), { ca: authority.ca })).toContain("is for another name");
  });

  it("is shown our certificate where it asks for one", async () => {
    await startWith(NAMES, true);
    await enter(secureUrl(server, "localhost"), { ca: authority.ca, ...client });
    await expect(enter(secureUrl(server, "localhost"), { ca: authority.ca })).rejects.toThrow();
  });

  it("is not spoken to in plain where it has no TLS, or its URL asks for none", async () => {
    server = await start();
    await expect(enter(secureUrl(server, "localhost"), { ca: authority.ca })).rejects.toThrow();
    await expect(enter(server.url, { ca: authority.ca })).rejects.toThrow("its TLS is set up");
  });

  it("is not asked for with half a certificate", async () => {
    server = await start();
    await expect(enter(secureUrl(server, "localhost"), { cert: client.cert })).rejects.toThrow("go together");
  });
});
