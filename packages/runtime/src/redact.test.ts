import { Writable } from "node:stream";
import { createRedactor, maskLogins, redactError } from "./redact.ts";
import { createLogger } from "./service/logging.ts";

const PASSWORD = 'hunter2/"quoted"@home';
const KEY = "a1b2c3d4e5f6a7b8c9d0";
const redact = createRedactor({
  DATABASE_URL: `postgres://vigia:${encodeURIComponent(PASSWORD)}@db:5432/vigia`,
  NATS_URL: "nats://lone-token-of-nats@a:4222,nats://user:second-password@b:4222",
  CHAIN_RPC_URL: `https://rpc.example/v2/${KEY}?apikey=query-key-1`,
  RPC_URLS: ["https://another.example/v2/second-chain-key-1", "https://third.example/?apikey=query-key-2"],
  SMTP_PASSWORD: "post-office",
  OTEL_EXPORTER_OTLP_HEADERS: "authorization=Bearer%20collector-token-1, x-key=collector-key-2",
  HTTP_PORT: 8080,
});
const secrets = [
  PASSWORD,
  encodeURIComponent(PASSWORD),
  "lone-token-of-nats",
  "second-password",
  "second-chain-key-1",
  "query-key-2",
  KEY,
  "query-key-1",
  "post-office",
  "Bearer collector-token-1",
  "collector-token-1",
  "collector-key-2",
];

describe("redaction", () => {
  it.each(secrets)("takes out %s wherever it stands", (secret) => {
    const text = `refused: "${secret}" (${JSON.stringify({ nested: JSON.stringify({ secret }) })})`;
    expect(redact(text)).toMatch(/\[redacted\]/);
    expect(redact(JSON.stringify({ text: secret }))).toBe('{"text":"[redacted]"}');
  });

  it("masks the login of any URL, and leaves its host", () => {
    expect(maskLogins("at amqp://me:p@ss@host:1/x, and https://host/a@b")).toBe(
      "at amqp://[redacted]@host:1/x, and https://host/a@b",
    );
  });

  it("leaves what is no secret", () => {
    const text = "vigia.event.run.failed at db:5432/vigia, port 8080";
    expect(redact(text)).toBe(text);
  });

  it("cleans an error with its causes, and keeps its class", () => {
    class OwnError extends Error {}
    const error = new OwnError(`no ${KEY}`, { cause: new Error("post-office closed") });
    const clean = redactError(error, redact);
    expect(clean).toBeInstanceOf(OwnError);
    expect(`${clean.message} ${clean.stack} ${(clean.cause as Error).stack}`).not.toMatch(/a1b2c3|post-office/);
  });

  it("covers every line of the log, and drops what was given to Redis or Postgres", () => {
    const lines: string[] = [];
    const sink = new Writable({
      write(chunk: Buffer, _encoding, done) {
        lines.push(chunk.toString());
        done();
      },
    });
    const log = createLogger("test", "info", redact, sink);
    const error = Object.assign(new Error(`WRONGPASS ${PASSWORD}`), {
      command: { name: "auth", args: ["someone's", "argument"] },
      parameters: ["a row's value"],
    });
    log.error({ err: error, deep: { text: `https://rpc.example/v2/${KEY}` } }, "no login with second-password");
    const text = lines.join("");
    expect(JSON.parse(text)).toMatchObject({ err: { command: { name: "auth" } } });
    for (const hidden of [...secrets, JSON.stringify(PASSWORD).slice(1, -1), "argument", "a row's value"]) {
      expect(text).not.toContain(hidden);
    }
  });
});
