import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { ConfigurationError } from "../errors.ts";
import { baseSettings, readSettings } from "./settings.ts";

const GOOD = {
  DATABASE_URL: "postgres://vigia@localhost/vigia",
  REDIS_URL: "redis://localhost",
  NATS_URL: "nats://localhost",
};

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
      "REDIS_URL: must be a URL that starts with redis:// or rediss://",
      "NATS_URL is missing",
      expect.stringMatching(/^HTTP_PORT: /),
    ]);
  });

  it("say that a service's own setting is missing", () => {
    const schema = baseSettings.extend({ CHAIN_ID: z.coerce.number().int() });
    expect(problemsOf(GOOD, schema)).toEqual(["CHAIN_ID is missing"]);
  });

  it("are read from a file where the variable ends in _FILE", () => {
    const file = join(mkdtempSync(join(tmpdir(), "vigia-settings-")), "database-url");
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
