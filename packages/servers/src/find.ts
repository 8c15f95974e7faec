import { accessSync, constants, readdirSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { homedir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import type { ServerName } from "./server-name.ts";

/**
 * The programs that each server consists of, and others that do as well; PostgreSQL's must come from one folder, so that
 * versions agree.
 */
const PROGRAMS: Readonly<Record<ServerName, readonly (readonly string[])[]>> = {
  nats: [["nats-server"]],
  redis: [["redis-server"], ["valkey-server"]],
  postgres: [["postgres", "initdb"]],
  anvil: [["anvil"]],
};

/** The folder that holds a server's programs, or undefined where this machine has none. */
export function findServer(name: ServerName): string | undefined {
  return foldersFor(name).find((folder) => programsIn(folder, name) !== undefined);
}

/** The server itself among its programs in that folder: `redis-server`, or Valkey's where there is no Redis. */
export function programIn(folder: string, name: ServerName): string {
  const [program] = programsIn(folder, name) ?? [];
  if (program === undefined) throw new Error(`${folder} does not hold ${name}`);
  return join(folder, program);
}

function programsIn(folder: string, name: ServerName): readonly string[] | undefined {
  return PROGRAMS[name].find((programs) => programs.every((program) => isExecutable(join(folder, program))));
}

function foldersFor(name: ServerName): string[] {
  const path = (process.env.PATH ?? "").split(delimiter).filter((folder) => folder !== "");
  const homebrew = ["/opt/homebrew/bin", "/usr/local/bin", "/home/linuxbrew/.linuxbrew/bin"];
  const usual = [...path, ...homebrew, "/usr/sbin", "/usr/local/sbin"];
  if (name === "anvil") return [...path, ...npmFolders(), join(homedir(), ".foundry", "bin"), ...homebrew];
  if (name === "postgres") return [...usual, ...postgresFolders()];
  return usual;
}

/** PostgreSQL is seldom on the PATH: Debian, Fedora (PGDG) and Homebrew keep one folder per version. Newest first. */
function postgresFolders(): string[] {
  const versioned = [
    ...subfolders("/usr/lib/postgresql", () => true),
    ...subfolders("/usr", (name) => name.startsWith("pgsql-")),
    ...["/opt/homebrew/opt", "/usr/local/opt", "/home/linuxbrew/.linuxbrew/opt"].flatMap((folder) =>
      subfolders(folder, (name) => name.startsWith("postgresql")),
    ),
    ...subfolders("/Applications/Postgres.app/Contents/Versions", () => true),
  ];
  return versioned.map((folder) => join(folder, "bin"));
}

function subfolders(folder: string, wanted: (name: string) => boolean): string[] {
  try {
    const names = readdirSync(folder).filter(wanted);
    return names.sort((a, b) => versionIn(b) - versionIn(a)).map((name) => join(folder, name));
  } catch {
    return [];
  }
}

function versionIn(name: string): number {
  return Number.parseFloat(/[\d.]+/.exec(name)?.[0] ?? "0");
}

/** npm has anvil as one package per platform, each an optional dependency where it exists. */
function npmFolders(): string[] {
  const platform = `${process.platform}-${process.arch === "x64" ? "amd64" : process.arch}`;
  try {
    return [join(dirname(createRequire(__filename).resolve(`@foundry-rs/anvil-${platform}/package.json`)), "bin")];
  } catch {
    return [];
  }
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
