import { readFileSync } from "node:fs";
import { isIP } from "node:net";
import { z } from "zod";
import { asError, ConfigurationError } from "../errors.ts";
import { traceSettings } from "../trace/settings.ts";
import { linkSettings } from "./links.ts";
import {
  type FileSection,
  type FileValue,
  readSettingsFile,
  SERVICE_NAMES,
  type SettingsFile,
  sectionAt,
  unknownKeys,
} from "./settings-file.ts";

/** A setting that is set to nothing is not set. */
export type Environment = Readonly<Record<string, string | undefined>>;

const logLevel = z.enum(["trace", "debug", "info", "warn", "error", "fatal"]).default("info");
const httpPort = z.coerce.number().int().min(0).max(65_535).default(8080);

const RANGES: readonly string[] = ["loopback", "linklocal", "uniquelocal"];
const BITS = { 4: 32, 6: 128 };

const trustedProxies = z
  .string()
  .transform((text) => text.split(",").map((entry) => entry.trim()))
  .refine((entries) => entries.every(isProxy), "must be addresses or ranges of addresses, with commas between");

function isProxy(entry: string): boolean {
  const [address = "", bits] = entry.split("/");
  const family = isIP(address) as 0 | 4 | 6;
  if (family === 0) return RANGES.includes(entry);
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= BITS[family]);
}

/** `z.coerce.boolean` takes the text "false" for true. */
export function yesOrNo(unlessTold: boolean) {
  return z
    .preprocess((text) => ({ true: true, false: false })[String(text)] ?? text, z.boolean("must be true or false"))
    .default(unlessTold);
}

/**
 * A setting of many values: a section of the file with keys of the operator's choosing, or JSON in the environment. Its
 * `.meta` says `section: true` too. In the file every value below it is text.
 */
export function sectionOf<Schema extends z.ZodType>(schema: Schema) {
  return z.preprocess((text) => (typeof text === "string" ? fromJson(text) : text), schema);
}

/** What is no JSON stays as it is, for the schema to refuse. */
function fromJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/**
 * The settings of every service. A setting is one line: its variable, its schema, its place in the file and what it is
 * for. A service's own settings are written in the same way; their place lies within the service's section.
 */
export const baseSettings = z.object({
  ...linkSettings.shape,
  LOG_LEVEL: logLevel.meta({ yaml: "log.level", description: "The least level that is logged" }),
  HTTP_HOST: z.string().default("127.0.0.1").meta({
    yaml: "http.host",
    description: "The address on which health, metrics and pages are served",
  }),
  HTTP_TRUST_PROXY: trustedProxies.optional().meta({
    yaml: "http.trustProxy",
    description:
      "The proxies whose `X-Forwarded-For` is believed, with commas between: addresses, ranges such as `10.0.0.0/8`, or `loopback`, `linklocal`, `uniquelocal`. Without it everybody behind a proxy has the proxy's address, and the logins of all are counted together",
  }),
  HTTP_PORT: httpPort.meta({ yaml: "http.port", description: "Their port; 0 takes any that is free" }),
  ...traceSettings.shape,
});

export type BaseSettings = z.infer<typeof baseSettings>;

/** Where a setting stands in the file, within its section; `undefined`: in the environment alone. */
export function placeOf(schema: z.core.$ZodType): string | undefined {
  const place = z.globalRegistry.get(schema)?.yaml;
  return typeof place === "string" ? place : undefined;
}

/**
 * Reads settings against a schema whose keys are the variables' names. The environment wins: `NAME`, or `NAME_FILE`,
 * which names a file that holds the value, as container secrets do. Then comes the settings file: the section of
 * `service`, then, for what every service has, its top. Throws `ConfigurationError` with every problem at once.
 */
export function readSettings<Schema extends z.ZodObject>(
  schema: Schema,
  environment: Environment,
  service?: string,
): z.infer<Schema> {
  const problems: string[] = [];
  const file = fileOrProblems(environment, problems);
  const known = knownPaths(schema, service);
  problems.push(...unknownKeys(file, known.single, [...known.sections, ...sectionsOfOthers(service)]));
  const values: Record<string, string> = {};
  const foundAt: Record<string, string> = {};
  for (const [name, setting] of Object.entries<z.core.$ZodType>(schema.shape)) {
    const own = environment[name] || readSecretFile(environment[`${name}_FILE`], name, problems);
    const found = own
      ? undefined
      : pathsOf(name, setting, service)
          .map((path) => (isSection(setting) ? sectionAt(file, path) : file.values.get(path)))
          .find(isSet);
    const value = own || found?.value;
    if (value) values[name] = value;
    if (found) foundAt[name] = `${found.at}: `;
    for (const [below, at] of placesOf(found)) foundAt[`${name}.${below}`] = `${at}: `;
  }
  const parsed = schema.safeParse(values);
  if (!parsed.success) {
    for (const { path, message } of parsed.error.issues) {
      const name = String(path[0]);
      const place = isSection(schema.shape[name]) ? path.join(".") : name;
      const at = foundAt[place] ?? foundAt[name] ?? "";
      problems.push(name in values ? `${at}${place}: ${message}` : `${name} is missing`);
    }
  }
  if (problems.length || !parsed.success) throw new ConfigurationError(problems);
  return parsed.data;
}

/** What is wrong with the rest is told as well, when the file can't be read. */
function fileOrProblems(environment: Environment, problems: string[]): SettingsFile {
  try {
    return readSettingsFile(environment);
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    problems.push(...error.problems);
    return { values: new Map() };
  }
}

function isSection(setting: z.core.$ZodType | undefined): boolean {
  return setting !== undefined && z.globalRegistry.get(setting)?.section === true;
}

function placesOf(found: FileValue | FileSection | undefined): ReadonlyMap<string, string> {
  return found && "places" in found ? found.places : new Map();
}

function isSet(found: { readonly value: string } | undefined): boolean {
  return Boolean(found?.value);
}

/** A service's section before the top of the file, where only what every service has can stand. */
function pathsOf(name: string, setting: z.core.$ZodType, service: string | undefined): string[] {
  const place = placeOf(setting);
  if (place === undefined) return [];
  return [...(service === undefined ? [] : [`${service}.${place}`]), ...(name in baseSettings.shape ? [place] : [])];
}

/** Where settings of one value stand, and those of many. */
function knownPaths(schema: z.ZodObject, service: string | undefined): Record<"single" | "sections", string[]> {
  const known = Object.entries<z.core.$ZodType>({ ...baseSettings.shape, ...schema.shape });
  const pathsWhere = (many: boolean) =>
    known
      .filter(([, setting]) => isSection(setting) === many)
      .flatMap(([name, setting]) => pathsOf(name, setting, service));
  return { single: pathsWhere(false), sections: pathsWhere(true) };
}

function sectionsOfOthers(service: string | undefined): string[] {
  return SERVICE_NAMES.filter((name) => name !== service);
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
