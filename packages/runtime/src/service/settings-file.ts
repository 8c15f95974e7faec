import { existsSync, readFileSync } from "node:fs";
import { closest } from "fastest-levenshtein";
import { isAlias, isMap, isScalar, LineCounter, type Node, parseDocument } from "yaml";
import { asError, ConfigurationError } from "../errors.ts";
import type { Environment } from "./settings.ts";

const DEFAULT_FILE = "vigia.yaml";

/** Each service has a section of its own in the file. */
export const SERVICE_NAMES = [
  "chain-sync",
  "cleanup",
  "consistency",
  "notifications",
  "reporting",
  "scheduler",
] as const;

/** One value of the file, as its text: the schema reads it as it reads a variable's. */
export interface FileValue {
  readonly value: string;
  /** `vigia.yaml:12` */
  readonly at: string;
}

/** A section with keys of the operator's choosing, as JSON. */
export interface FileSection extends FileValue {
  /** Where each value in it stands, by its dotted path from the section on. */
  readonly places: ReadonlyMap<string, string>;
}

export interface SettingsFile {
  /** By dotted path, such as `cleanup.retention.outboxDays`. */
  readonly values: ReadonlyMap<string, FileValue>;
}

/**
 * Reads the file that `VIGIA_CONFIG` names, or else `./vigia.yaml` where there is one; without either, it is empty.
 * Throws `ConfigurationError` with every place that is no YAML.
 */
export function readSettingsFile(environment: Environment): SettingsFile {
  const named = environment.VIGIA_CONFIG;
  if (!named && !existsSync(DEFAULT_FILE)) return { values: new Map() };
  const path = named || DEFAULT_FILE;
  return parseSettings(readText(path, named ? "VIGIA_CONFIG: " : ""), path);
}

function readText(path: string, because: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    throw new ConfigurationError([`${because}${asError(error).message}`]);
  }
}

/** Every scalar is text: an address is no hexadecimal number, and `1e3` no thousand. */
function parseSettings(text: string, path: string): SettingsFile {
  const lines = new LineCounter();
  const document = parseDocument(text, { schema: "failsafe", lineCounter: lines, prettyErrors: false });
  const at = (offset: number) => `${path}:${lines.linePos(offset).line}`;
  // One mistake, such as a cron expression without quotes, makes several errors in its line.
  const mistakes = new Map(document.errors.toReversed().map(({ pos: [offset], message }) => [at(offset), message]));
  const problems = [...mistakes].toReversed().map(([place, message]) => `${place}: ${message}`);
  const values = new Map<string, FileValue>();

  function collect(node: Node | null, keys: readonly string[]): void {
    const value = isAlias(node) ? node.resolve(document) : node;
    const offset = node?.range?.[0] ?? 0;
    const name = keys.join(".");
    if (isMap<Node, Node | null>(value)) {
      for (const { key, value: below } of value.items) collect(below, [...keys, String(key)]);
    } else if (isScalar(value) && keys.length > 0) {
      // A key with nothing behind it is not set, as a variable that is set to nothing.
      values.set(name, { value: String(value.value ?? ""), at: at(offset) });
    } else if (value) {
      problems.push(`${at(offset)}: ${name || "the file"} must be ${name ? "one value" : "sections of settings"}`);
    }
  }

  if (problems.length === 0) collect(document.contents, []);
  if (problems.length) throw new ConfigurationError(problems);
  return { values };
}

/** What stands below `path`; `undefined` where nothing does. */
export function sectionAt({ values }: SettingsFile, path: string): FileSection | undefined {
  const found = [...values].filter(([key]) => key.startsWith(`${path}.`));
  const [first] = found;
  if (!first) {
    // A section that is one value is for its schema to refuse.
    const single = values.get(path);
    return single && { ...single, places: new Map() };
  }
  const section = {};
  const places = new Map<string, string>();
  for (const [key, { value, at }] of found) {
    const below = key.slice(path.length + 1);
    places.set(below, at);
    put(section, below.split("."), value);
  }
  return { value: JSON.stringify(section), at: first[1].at, places };
}

type Tree = { [key: string]: string | Tree };

function put(tree: Tree, [key = "", ...below]: readonly string[], value: string): void {
  if (below.length === 0) {
    tree[key] = value;
    return;
  }
  const next = tree[key];
  const branch = typeof next === "object" ? next : {};
  tree[key] = branch;
  put(branch, below, value);
}

/**
 * The keys that a reader does not know, each with the nearest one that it does. Sections of other services are passed
 * over, for their owners read them, and so are those of settings of many values. A section with nothing in it sets nothing.
 */
export function unknownKeys({ values }: SettingsFile, known: readonly string[], others: readonly string[]): string[] {
  const candidates = [...known, ...others];
  const isOthers = (path: string) => others.some((section) => isWithin(path, section));
  const isEmptySection = (path: string, value: string) => value === "" && known.some((key) => isWithin(key, path));
  return [...values]
    .filter(([path, { value }]) => !known.includes(path) && !isOthers(path) && !isEmptySection(path, value))
    .map(([path, { at }]) => `${at}: ${path} is no setting; did you mean ${closest(path, candidates)}?`);
}

function isWithin(path: string, section: string): boolean {
  return path === section || path.startsWith(`${section}.`);
}
