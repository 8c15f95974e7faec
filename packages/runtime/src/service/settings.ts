import { readFileSync } from "node:fs";
import { z } from "zod";
import { asError, ConfigurationError } from "../errors.ts";

/** A setting that is set to nothing is not set. */
export type Environment = Readonly<Record<string, string | undefined>>;

const serverUrl = (protocols: readonly string[]) =>
  z.string().refine((text) => protocols.some((protocol) => text.startsWith(`${protocol}://`)), {
    message: `must be a URL that starts with ${protocols.map((protocol) => `${protocol}://`).join(" or ")}`,
  });

/** The settings of every service. */
export const baseSettings = z.object({
  DATABASE_URL: serverUrl(["postgres", "postgresql"]),
  REDIS_URL: serverUrl(["redis", "rediss"]),
  NATS_URL: serverUrl(["nats", "tls"]),
  NATS_REPLICAS: z.coerce.number().int().min(1).max(5).default(1),
  LOG_LEVEL: z.enum(["trace", "debug", "info", "warn", "error", "fatal"]).default("info"),
  HTTP_HOST: z.string().default("127.0.0.1"),
  HTTP_PORT: z.coerce.number().int().min(0).max(65_535).default(8080),
});

export type BaseSettings = z.infer<typeof baseSettings>;

/**
 * Reads settings from the environment against a schema whose keys are the variables' names. `NAME_FILE` names a file
 * that holds the value of `NAME`, as container secrets do. Throws `ConfigurationError` with every problem at once.
 */
export function readSettings<Schema extends z.ZodObject>(schema: Schema, environment: Environment): z.infer<Schema> {
  const problems: string[] = [];
  const values: Record<string, string> = {};
  for (const name of Object.keys(schema.shape)) {
    const value = environment[name] || readSecretFile(environment[`${name}_FILE`], name, problems);
    if (value) values[name] = value;
  }
  const parsed = schema.safeParse(values);
  if (!parsed.success) {
    for (const { path, message } of parsed.error.issues) {
      const name = path.join(".");
      problems.push(name in values ? `${name}: ${message}` : `${name} is missing`);
    }
  }
  if (problems.length || !parsed.success) throw new ConfigurationError(problems);
  return parsed.data;
}

function readSecretFile(path: string | undefined, name: string, problems: string[]): string | undefined {
  if (!path) return undefined;
  try {
    return readFileSync(path, "utf8").trim();
  } catch (error) {
    problems.push(`${name}_FILE: ${asError(error).message}`);
    return undefined;
  }
}
