import type { Database } from "@vigia/database";
import type { Bus } from "@vigia/runtime";
import { CliError, EXIT } from "./exit.ts";
import type { Session } from "./session.ts";
import { readDatabaseSetting, readNatsSetting, type Setting } from "./settings.ts";
import { codeOf, reasonOf } from "./thrown.ts";

/** The user hears of a server that is away within five seconds, the program's own start included. */
const CONNECT_TIMEOUT_MS = 3_000;

/** Works with the bus and closes it. Throws `CliError` where it is away. */
export async function withBus<T>(session: Session, work: (bus: Bus) => Promise<T>): Promise<T> {
  const setting = await readNatsSetting(session);
  const { connectBus, isLoginRefused, tlsAdvice } = await import("@vigia/runtime");
  const note = (...said: readonly unknown[]) => session.note(`vigia: ${said.at(-1)}`);
  const bus = await connectBus({
    ...setting.place,
    name: "vigia-cli",
    log: { info: note, warn: note, error: note },
    firstConnectionTimeoutMs: CONNECT_TIMEOUT_MS,
  }).catch((error: unknown) => {
    const server = `NATS at ${serverOf(setting)}`;
    if (isLoginRefused(error)) throw wrong(`${server} refuses the login. Check NATS_URL.`, error);
    const advice = tlsAdvice("NATS", error);
    throw advice ? wrong(advice, error) : away(server, "NATS_URL", error);
  });
  try {
    return await work(bus);
  } finally {
    await bus.close();
  }
}

function wrong(problem: string, cause: unknown): CliError {
  return new CliError(EXIT.configuration, problem, { cause });
}

/** Works with the database and closes it. Throws `CliError` where it is away or is not Vigia's. */
export async function withDatabase<T>(session: Session, work: (database: Database) => Promise<T>): Promise<T> {
  const setting = await readDatabaseSetting(session);
  const { openDatabase } = await import("@vigia/database");
  const { tlsAdvice } = await import("@vigia/runtime");
  const database = await openDatabase({
    ...setting.place,
    applicationName: "vigia-cli",
    poolSize: 1,
    connectTimeoutMs: CONNECT_TIMEOUT_MS,
  }).catch((error: unknown) => {
    const advice = tlsAdvice("DATABASE", error);
    // What fails while we connect, and has no code, is that nobody answers.
    const isSilent = codeOf(error) === "";
    throw advice ? wrong(advice, error) : databaseError(setting, error, isSilent);
  });
  try {
    return await work(database);
  } catch (error) {
    throw databaseError(setting, error, LOST_CONNECTION.test(reasonOf(error)));
  } finally {
    await database.close();
  }
}

/** What the driver says, without a code, where the server ends the connection or answers no more. */
const LOST_CONNECTION = /^(Connection terminated|timeout exceeded when trying to connect)/;

function databaseError(setting: Setting, error: unknown, isAway: boolean): unknown {
  if (error instanceof CliError) return error;
  const server = `Postgres at ${serverOf(setting)}`;
  const code = codeOf(error);
  const configuration = (problem: string) => wrong(`${server} ${problem}. Check DATABASE_URL.`, error);
  if (code.startsWith("28")) return configuration("refuses the login");
  if (code === "3D000") return configuration("has no such database");
  if (code === "42P01" || code === "3F000")
    return configuration("is there, but this database holds no tables of Vigia");
  if (code === "42501") return configuration("does not let this user read Vigia's tables");
  const isOfServer = /^(08|57P|53)/.test(code) || /^E[A-Z]+$/.test(code) || isAway;
  return isOfServer ? away(server, "DATABASE_URL", error) : error;
}

function away(server: string, name: string, error: unknown): CliError {
  return new CliError(
    EXIT.away,
    `${server} does not answer (${reasonOf(error)}). Is it running, and is ${name} right?`,
    {
      cause: error,
    },
  );
}

/** Host and database, never the password. */
export function serverOf({ place, from }: Setting): string {
  const places = place.url.split(",").map((url) => {
    try {
      const { host, pathname } = new URL(url);
      return `${host}${pathname === "/" ? "" : pathname}`;
    } catch {
      return "an address that is not a URL";
    }
  });
  return `${places.join(", ")} (from ${from})`;
}
