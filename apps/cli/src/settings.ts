import { existsSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import type { BusPlace, DatabasePlace, Environment } from "@vigia/runtime";
import type { RedisPlace } from "@vigia/tracker";
import { CliError, EXIT } from "./exit.ts";
import type { Session } from "./session.ts";
import { codeOf, reasonOf } from "./thrown.ts";

const SETTINGS_FILE = "vigia.yaml";
const ENVIRONMENT_FILE = join(".vigia", "environment");

const OPTION_OF = { NATS_URL: "natsUrl", DATABASE_URL: "databaseUrl", REDIS_URL: "redisUrl" } as const;
const FLAG_OF = { NATS_URL: "--nats-url", DATABASE_URL: "--database-url", REDIS_URL: "--redis-url" } as const;

type SettingName = keyof typeof OPTION_OF;

/** How to reach a server: the URL, and what its TLS needs, which is in the environment alone. */
export interface Setting<Place extends { readonly url: string } = { readonly url: string }> {
  readonly place: Place;
  /** Where the URL was found, for the user who wonders. */
  readonly from: string;
}

/**
 * From the options, else from the environment, else from the settings file that the services read too, else from the
 * file that a running `npm start` leaves.
 */
export function readNatsSetting(session: Session): Promise<Setting<BusPlace>> {
  return readSetting(session, "NATS_URL", ({ natsPlace, natsSettings, readSettings }, environment) =>
    natsPlace(readSettings(natsSettings, environment)),
  );
}

export function readDatabaseSetting(session: Session): Promise<Setting<DatabasePlace>> {
  return readSetting(session, "DATABASE_URL", ({ databasePlace, databaseSettings, readSettings }, environment) =>
    databasePlace(readSettings(databaseSettings, environment)),
  );
}

/** `undefined` where nobody has said where Redis is: nearly everything does without. */
export function readRedisSetting(session: Session): Promise<Setting<RedisPlace> | undefined> {
  return readIfSet(session, "REDIS_URL", ({ redisPlace, redisSettings, readSettings }, environment) =>
    redisPlace(readSettings(redisSettings, environment)),
  );
}

type PlaceOf<Place> = (runtime: typeof import("@vigia/runtime"), environment: Environment) => Place;

async function readSetting<Place extends { readonly url: string }>(
  session: Session,
  name: SettingName,
  placeOf: PlaceOf<Place>,
): Promise<Setting<Place>> {
  const setting = await readIfSet(session, name, placeOf);
  if (setting) return setting;
  throw new CliError(EXIT.configuration, `${name} is missing. ${howToSet(name)}`);
}

async function readIfSet<Place extends { readonly url: string }>(
  session: Session,
  name: SettingName,
  placeOf: PlaceOf<Place>,
): Promise<Setting<Place> | undefined> {
  const environment = withSettingsFile(session.terminal);
  // Loaded when it is needed: help and usage errors do not wait for the servers' clients.
  const runtime = await import("@vigia/runtime");
  let found: FoundSetting | undefined;
  try {
    found = findSetting(session, name, () => {
      const place = runtime.placeOf(runtime.baseSettings.shape[name]);
      const inFile = runtime.readSettingsFile(environment).values.get(place ?? "");
      return inFile?.value ? { value: inFile.value, from: inFile.at } : undefined;
    });
    if (!found && !environment[`${name}_FILE`]) return undefined;
    const place = placeOf(runtime, { ...environment, ...(found ? { [name]: found.value } : {}) });
    return { place, from: found?.from ?? `${name}_FILE` };
  } catch (error) {
    if (!(error instanceof runtime.ConfigurationError)) throw error;
    const where = found ? `, from ${found.from}` : "";
    throw new CliError(EXIT.configuration, `${error.problems.join("; ")}${where}. ${howToSet(name)}`, { cause: error });
  }
}

function howToSet(name: SettingName): string {
  return (
    `Set ${name} in the environment, say it in ${SETTINGS_FILE} or give ${FLAG_OF[name]}; ` +
    `where \`npm start\` runs, its ${ENVIRONMENT_FILE} is found from the project's folder and all below it.`
  );
}

/** A chain's endpoints, as chain-sync is told of them. */
export interface ChainSetting {
  readonly chainId: number;
  readonly urls: readonly string[];
}

/** From where chain-sync has them, or from the file that a running `npm start` leaves; none where neither says. */
export async function readChainSettings({ terminal }: Session): Promise<ChainSetting[]> {
  const runtime = await import("@vigia/runtime");
  const { settings, urlsByChain } = await import("@vigia/chain-sync/settings");
  const environment = withSettingsFile(terminal);
  const read = (from: Environment): ChainSetting[] | undefined => {
    try {
      const chains = urlsByChain(runtime.readSettings(settings, from, "chain-sync"));
      return [...chains].map(([chainId, urls]) => ({ chainId, urls }));
    } catch (error) {
      if (!(error instanceof runtime.ConfigurationError)) throw error;
      if (error.problems.every((problem) => problem.endsWith(" is missing"))) return undefined;
      throw new CliError(EXIT.configuration, error.problems.join("; "), { cause: error });
    }
  };
  const left = findEnvironmentFile(terminal.directory)?.settings ?? [];
  return read(environment) ?? read({ ...Object.fromEntries(left), ...environment }) ?? [];
}

/** What the consistency service is told: how long its sides may differ, what is mended, and which checks there are beside ours. */
export async function readChecksSetting({ terminal }: Session) {
  const { ConfigurationError, readSettings } = await import("@vigia/runtime");
  const { settings } = await import("@vigia/consistency/settings");
  try {
    const read = readSettings(settings, withSettingsFile(terminal), "consistency");
    const { CONSISTENCY_GRACE_SECONDS, CONSISTENCY_HEAL, CONSISTENCY_CHECKS } = read;
    return {
      followingGraceSeconds: CONSISTENCY_GRACE_SECONDS,
      heals: CONSISTENCY_HEAL,
      configured: CONSISTENCY_CHECKS,
    };
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    throw new CliError(EXIT.configuration, error.problems.join("; "), { cause: error });
  }
}

interface FoundSetting {
  readonly value: string;
  readonly from: string;
}

/** With the settings file of the directory that the program was called in, where no other is named. */
function withSettingsFile({ environment, directory }: Session["terminal"]): Session["terminal"]["environment"] {
  const here = join(directory, SETTINGS_FILE);
  return environment.VIGIA_CONFIG || !existsSync(here) ? environment : { ...environment, VIGIA_CONFIG: here };
}

function findSetting(
  { terminal, options }: Session,
  name: SettingName,
  inSettingsFile: () => FoundSetting | undefined,
): FoundSetting | undefined {
  const option = options[OPTION_OF[name]];
  if (option !== undefined) return { value: option, from: FLAG_OF[name] };
  const variable = terminal.environment[name];
  if (variable) return { value: variable, from: "the environment" };
  if (terminal.environment[`${name}_FILE`]) return undefined;
  const said = inSettingsFile();
  if (said) return said;
  const file = findEnvironmentFile(terminal.directory);
  const value = file?.settings.get(name);
  return file && value ? { value, from: relative(terminal.directory, file.path) } : undefined;
}

interface EnvironmentFile {
  readonly path: string;
  readonly settings: ReadonlyMap<string, string>;
}

/** The nearest `.vigia/environment`, in this directory or one above it. */
function findEnvironmentFile(directory: string): EnvironmentFile | undefined {
  const path = join(directory, ENVIRONMENT_FILE);
  const text = readIfThere(path);
  if (text !== undefined) return { path, settings: parseEnvironment(text) };
  const parent = dirname(directory);
  return parent === directory ? undefined : findEnvironmentFile(parent);
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    const code = codeOf(error);
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    throw new CliError(EXIT.configuration, `${path} can't be read: ${reasonOf(error)}`, { cause: error });
  }
}

/** `KEY=value` lines; others, such as comments, are passed over. */
export function parseEnvironment(text: string): Map<string, string> {
  const settings = new Map<string, string>();
  for (const line of text.split(/\r?\n/)) {
    const [, key, value] = /^\s*([A-Z][A-Z0-9_]*)=(.*)$/.exec(line) ?? [];
    if (key !== undefined && value !== undefined) settings.set(key, value.trim());
  }
  return settings;
}
