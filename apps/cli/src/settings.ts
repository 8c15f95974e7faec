import { existsSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { CliError, EXIT } from "./exit.ts";
import type { Session } from "./session.ts";
import { codeOf, reasonOf } from "./thrown.ts";

const SETTINGS_FILE = "vigia.yaml";
const ENVIRONMENT_FILE = join(".vigia", "environment");

const OPTION_OF = { NATS_URL: "natsUrl", DATABASE_URL: "databaseUrl" } as const;
const FLAG_OF = { NATS_URL: "--nats-url", DATABASE_URL: "--database-url" } as const;

export type SettingName = keyof typeof OPTION_OF;

export interface Setting {
  readonly value: string;
  /** Where it was found, for the user who wonders. */
  readonly from: string;
}

/**
 * A setting from the options, else from the environment, else from the settings file that the services read too, else
 * from the file that a running `npm start` leaves.
 */
export async function readSetting(session: Session, name: SettingName): Promise<Setting> {
  const environment = withSettingsFile(session.terminal);
  // Loaded when it is needed: help and usage errors do not wait for the servers' clients.
  const { baseSettings, ConfigurationError, placeOf, readSettings, readSettingsFile } = await import("@vigia/runtime");
  let found: Setting | undefined;
  try {
    found = findSetting(session, name, () => {
      const inFile = readSettingsFile(environment).values.get(placeOf(baseSettings.shape[name]) ?? "");
      return inFile?.value ? { value: inFile.value, from: inFile.at } : undefined;
    });
    const settings = readSettings(baseSettings.pick({ [name]: true } as { [Name in SettingName]: true }), {
      ...environment,
      ...(found ? { [name]: found.value } : {}),
    });
    return { value: settings[name], from: found?.from ?? `${name}_FILE` };
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
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

/** With the settings file of the directory that the program was called in, where no other is named. */
function withSettingsFile({ environment, directory }: Session["terminal"]): Session["terminal"]["environment"] {
  const here = join(directory, SETTINGS_FILE);
  return environment.VIGIA_CONFIG || !existsSync(here) ? environment : { ...environment, VIGIA_CONFIG: here };
}

function findSetting(
  { terminal, options }: Session,
  name: SettingName,
  inSettingsFile: () => Setting | undefined,
): Setting | undefined {
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
