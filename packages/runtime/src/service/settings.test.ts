import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { ConfigurationError } from "../errors.ts";
import { baseSettings, readSettings, sectionOf } from "./settings.ts";

const GOOD = {
  DATABASE_URL: "postgres://vigia@localhost/vigia",
  REDIS_URL: "redis://localhost",
  NATS_URL: "nats://localhost",
};

const directory = mkdtempSync(join(tmpdir(), "vigia-settings-"));
afterAll(() => rmSync(directory, { recursive: true }));

function problemsOf(environment: Record<string, string>, schema: z.ZodObject = baseSettings): readonly string[] {
  try {
    readSettings(schema, environment);
  } catch (error) {
    if (error instanceof ConfigurationError) return error.problems;
    throw error;
  }
  return [];
}

describe("settings", () => {
  it("have defaults where a default is sensible", () => {
    expect(readSettings(baseSettings, GOOD)).toMatchObject({
      HTTP_HOST: "127.0.0.1",
      HTTP_PORT: 8080,
      LOG_LEVEL: "info",
    });
  });

  it("name everything that is wrong at once", () => {
    const problems = problemsOf({ REDIS_URL: "http://localhost", HTTP_PORT: "many", LOG_LEVEL: "" });
    expect(problems).toEqual([
      "DATABASE_URL is missing",
      expect.stringMatching(/^REDIS_URL: must be a URL that starts with redis:\/\/ or rediss:\/\/ or redis-sentinel/),
      "NATS_URL is missing",
      expect.stringMatching(/^HTTP_PORT: /),
    ]);
  });

  it("take 1, 3 or 5 replicas of a stream, and PEM texts for TLS", () => {
    expect(problemsOf({ ...GOOD, NATS_REPLICAS: "2", NATS_TLS_CA: "/etc/ca.pem" })).toEqual([
      "NATS_TLS_CA: must be PEM text with a CERTIFICATE; to give a file's path, append _FILE to the name",
      "NATS_REPLICAS: must be 1, 3 or 5: an even number survives no more",
    ]);
  });

  it("say that a service's own setting is missing", () => {
    const schema = baseSettings.extend({ CHAIN_ID: z.coerce.number().int() });
    expect(problemsOf(GOOD, schema)).toEqual(["CHAIN_ID is missing"]);
  });

  it("say what is wrong within a list", () => {
    const list = z
      .string()
      .transform((text) => text.split(","))
      .pipe(z.array(z.url("must be a URL")));
    expect(problemsOf({ ...GOOD, URLS: "http://localhost,nothing" }, baseSettings.extend({ URLS: list }))).toEqual([
      "URLS: must be a URL",
    ]);
  });

  it("are read from a file where the variable ends in _FILE", () => {
    const file = join(directory, "database-url");
    writeFileSync(file, "postgres://from-file/vigia\n");
    const { DATABASE_URL, ...rest } = GOOD;
    expect(readSettings(baseSettings, { ...rest, DATABASE_URL_FILE: file }).DATABASE_URL).toBe(
      "postgres://from-file/vigia",
    );
    expect(problemsOf({ ...rest, DATABASE_URL_FILE: `${file}-missing` })[0]).toMatch(
      /^DATABASE_URL_FILE: .*no such file/,
    );
    expect(DATABASE_URL).toBeDefined();
  });
});

describe("the settings file", () => {
  const cleanup = baseSettings.extend({
    OUTBOX_DAYS: z.coerce.number().int().default(14).meta({ yaml: "retention.outboxDays", description: "days" }),
    ESCROW_ADDRESS: z.string().optional().meta({ yaml: "escrow", description: "an address" }),
  });
  const fileOf = (text: string) => {
    const path = join(directory, "vigia.yaml");
    writeFileSync(path, text);
    return path;
  };
  const read = (text: string, environment: Record<string, string> = {}, service = "cleanup") =>
    readSettings(cleanup, { VIGIA_CONFIG: fileOf(text), ...environment }, service);
  const problems = (text: string, environment: Record<string, string> = GOOD) => {
    try {
      read(text, environment);
    } catch (error) {
      if (error instanceof ConfigurationError)
        return error.problems.map((each) => each.replace(/^\S*\/(?=vigia\.yaml:\d)/, ""));
      throw error;
    }
    return [];
  };
  const COMMON = `
database: { url: "postgres://db/vigia" }
redis: { url: "redis://redis" }
nats: { url: "nats://nats", replicas: 3 }
log: { level: warn }
`;

  it("gives what every service has, and the service's own", () => {
    const settings = read(`${COMMON}
cleanup:
  escrow: 0x0000000000000000000000000000000000000001
  retention: { outboxDays: 20 }
`);
    expect(settings).toMatchObject({ NATS_URL: "nats://nats", NATS_REPLICAS: 3, LOG_LEVEL: "warn", OUTBOX_DAYS: 20 });
    expect(settings.ESCROW_ADDRESS).toBe("0x0000000000000000000000000000000000000001");
  });

  it("lets the environment win over a service's section, and that over the top", () => {
    const text = `${COMMON}cleanup: { log: { level: debug }, http: { port: 81 } }\n`;
    expect(read(text)).toMatchObject({ LOG_LEVEL: "debug", HTTP_PORT: 81 });
    expect(read(text, {}, "reporting")).toMatchObject({ LOG_LEVEL: "warn", HTTP_PORT: 8080 });
    expect(read(text, { LOG_LEVEL: "error", HTTP_PORT: "" })).toMatchObject({ LOG_LEVEL: "error", HTTP_PORT: 81 });
  });

  it("names everything that is wrong at once, with its line and the nearest key", () => {
    const text = `nats:
  ulr: nats://nats
  replicas: many
cleanup:
  retention: { outboxDay: 3 }
  log: { level: [debug] }
`;
    expect(problems(text)).toEqual([`vigia.yaml:6: cleanup.log.level must be one value`]);
    expect(problems(text.replace("[debug]", "loud"), {})).toEqual([
      "vigia.yaml:2: nats.ulr is no setting; did you mean nats.url?",
      "vigia.yaml:5: cleanup.retention.outboxDay is no setting; did you mean cleanup.retention.outboxDays?",
      "DATABASE_URL is missing",
      "REDIS_URL is missing",
      "NATS_URL is missing",
      expect.stringMatching(/^vigia.yaml:3: NATS_REPLICAS: /),
      expect.stringMatching(/^vigia.yaml:6: LOG_LEVEL: /),
    ]);
  });

  it("leaves other services' sections to them", () => {
    expect(problems("scheduler: { timeZone: UTC, anything: 1 }\nreporting: {}\n")).toEqual([]);
    expect(problems("schedular: { timeZone: UTC }\n")).toEqual([
      expect.stringMatching(/^vigia.yaml:1: schedular.timeZone is no setting; did you mean scheduler\?/),
    ]);
  });

  it("takes a section with nothing in it for no settings, and a value in its place for a mistake", () => {
    expect(problems("cleanup:\nreporting:\nlog:\n")).toEqual([]);
    expect(problems("cleanup: { retention: , log: {} }\n")).toEqual([]);
    expect(problems("# nothing at all\n")).toEqual([]);
    expect(problems("log: debug\ncleanup: off\nschedules:\n")).toEqual([
      expect.stringMatching(/^vigia.yaml:1: log is no setting; did you mean log.level\?/),
      expect.stringMatching(/^vigia.yaml:2: cleanup is no setting; did you mean /),
      expect.stringMatching(/^vigia.yaml:3: schedules is no setting; did you mean scheduler\?/),
    ]);
  });

  it("gives a section of the operator's own keys as one setting, and says where in it something is wrong", () => {
    const schema = baseSettings.extend({
      LIMITS: sectionOf(z.record(z.string(), z.strictObject({ most: z.coerce.number().int() })))
        .default({})
        .meta({ yaml: "limits", section: true, description: "-" }),
    });
    const limits = (text: string, environment = {}) =>
      readSettings(schema, { ...GOOD, VIGIA_CONFIG: fileOf(text), ...environment }, "cleanup").LIMITS;
    expect(limits("cleanup: { limits: { A: { most: 1 }, B: { most: 2 } } }")).toEqual({
      A: { most: 1 },
      B: { most: 2 },
    });
    expect(limits("cleanup: { limits: { A: { most: 1 } } }", { LIMITS: '{"C":{"most":3}}' })).toEqual({
      C: { most: 3 },
    });
    expect(limits("")).toEqual({});
    expect(() => limits("cleanup:\n  limits:\n    A: { most: 1 }\n    B:\n      most: many\n")).toThrow(
      /vigia.yaml:5: LIMITS.B.most: /,
    );
    expect(() => limits("cleanup: { limits: many }")).toThrow(/vigia.yaml:1: LIMITS: .*expected record/);
    expect(() => limits("", { LIMITS: "{" })).toThrow(/LIMITS: .*expected record/);
  });

  it("says where it is no YAML, and that a file that was named is not there", () => {
    expect(problems("a: 1\na: 2\n")).toEqual([expect.stringMatching(/^vigia.yaml:2: Map keys must be unique/)]);
    expect(problems("cron: */5 * * * *\n")).toEqual([expect.stringMatching(/^vigia.yaml:1: /)]);
    expect(problems("", { ...GOOD, VIGIA_CONFIG: "/nowhere/vigia.yaml" })[0]).toMatch(/^VIGIA_CONFIG: .*no such file/);
  });
});
