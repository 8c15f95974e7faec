import type { Database, Queryable } from "@vigia/database";
import { TASK_NAMES, taskDefinition } from "@vigia/messages";
import { serverOf, withDatabase } from "../servers.ts";
import type { Session } from "../session.ts";
import { readDatabaseSetting } from "../settings.ts";
import { codeOf } from "../thrown.ts";
import type { Examined, Finding } from "./finding.ts";
import { findingOf } from "./problems.ts";

const OLDEST_MAJOR = 15;
/** Leases are seconds; what is off by less is noise. */
const CLOCK_LIMIT_MS = 2_000;
const NO_RIGHT = "42501";

/** How far a chain was read, as an endpoint is measured by. */
export interface KnownChain {
  readonly chainId: number;
  readonly headBlock: number;
}

export interface ExaminedDatabase extends Examined {
  readonly chains: readonly KnownChain[];
}

export async function examinePostgres(session: Session): Promise<ExaminedDatabase> {
  const server = serverOf(await readDatabaseSetting(session));
  return withDatabase(session, async (database) => {
    const version = await versionOf(database);
    const [schema, rights, clock] = [await schemaOf(database), await rightsOf(database), await clockOf(database)];
    const own = [...version.findings, ...schema.findings, ...rights, ...clock.findings];
    const seen = { part: "Postgres", state: "seen", facts: [server, version.fact, clock.fact] } as const;
    // What the tables tell can be asked only of those that this program knows.
    if (schema.isOld) return { ...seen, findings: own, chains: [] };
    return { ...seen, findings: [...own, ...(await overviewOf(database))], chains: await chainsOf(database) };
  });
}

async function versionOf(sql: Queryable): Promise<{ fact: string; findings: Finding[] }> {
  const { rows } = await sql.query<{ version: string }>("SELECT current_setting('server_version') AS version");
  const version = rows[0]?.version ?? "";
  const isOld = Number.parseInt(version, 10) < OLDEST_MAJOR;
  const old: Finding = {
    level: "warning",
    what: `PostgreSQL is ${version}; Vigia is tried with ${OLDEST_MAJOR} and later.`,
    why: "Statements may fail that work elsewhere.",
    command: "Upgrade it: https://www.postgresql.org/docs/current/upgrading.html",
  };
  return { fact: `PostgreSQL ${version}`, findings: isOld ? [old] : [] };
}

async function schemaOf(sql: Queryable): Promise<{ isOld: boolean; findings: Finding[] }> {
  const { compareMigrations } = await import("@vigia/database");
  try {
    const { missing, unknown } = await compareMigrations(sql);
    const older: Finding = {
      level: "critical",
      what: `The schema is older than this program: it lacks ${missing.join(", ")}.`,
      why: "Services of this version fail on what is missing, and nothing more could be asked here.",
      command:
        "docker compose up migrate grant   # elsewhere, as the owner: node packages/database/dist/migrate-main.js",
    };
    const newer: Finding = {
      level: "warning",
      what: `The schema is newer than this program: it has ${unknown.join(", ")}.`,
      why: "This terminal may misread what newer services wrote.",
      command: "Use the vigia of the services' version",
    };
    const findings = [...(missing.length ? [older] : []), ...(unknown.length ? [newer] : [])];
    return { isOld: missing.length > 0, findings };
  } catch (error) {
    if (codeOf(error) !== NO_RIGHT) throw error;
    const what = "This login may not read which migrations are applied (public.vigia_migrations).";
    return { isOld: false, findings: [rightMissing(what)] };
  }
}

function rightMissing(what: string): Finding {
  return {
    level: "warning",
    what,
    why: "A service that lacks a right fails where it needs it; its log names the table.",
    command: "docker compose up grant   # elsewhere, as the owner: node packages/access/dist/main.js grant DIR",
  };
}

/** Of the roles that were let in here: with one user for all there is nothing to compare. */
async function rightsOf(sql: Queryable): Promise<Finding[]> {
  const { tableRights } = await import("@vigia/access");
  const wanted = tableRights();
  const { rows } = await sql.query<{ role: string; missing: string[] }>(
    `SELECT role, array_agg(privilege || ' on ' || name ORDER BY name, privilege) AS missing
       FROM unnest($1::text[], $2::text[], $3::text[]) AS wanted (role, name, privilege)
       JOIN pg_roles AS known ON known.rolname = role
      WHERE has_schema_privilege(known.oid, 'vigia', 'USAGE')
        AND NOT CASE WHEN privilege = 'DELETE' THEN has_table_privilege(known.oid, to_regclass(name)::oid, privilege)
                     ELSE has_any_column_privilege(known.oid, to_regclass(name)::oid, privilege) END
      GROUP BY role ORDER BY role`,
    [wanted.map(({ role }) => role), wanted.map(({ table }) => table), wanted.map(({ privilege }) => privilege)],
  );
  return rows.map(({ role, missing }) => rightMissing(`${role} lacks ${missing.join(", ")}.`));
}

async function clockOf(sql: Queryable): Promise<{ fact: string; findings: Finding[] }> {
  const askedAt = Date.now();
  const { rows } = await sql.query<{ now: Date }>("SELECT clock_timestamp() AS now");
  return judgeClock(askedAt, rows[0]?.now.getTime() ?? askedAt, Date.now());
}

/** `then` is what the other clock said at some instant between ours. */
export function judgeClock(askedAt: number, then: number, answeredAt: number): { fact: string; findings: Finding[] } {
  const aheadMs = then < askedAt ? then - askedAt : Math.max(0, then - answeredAt);
  const fact =
    Math.abs(aheadMs) < 1_000 ? "its clock agrees with this machine's" : `its clock is ${seconds(aheadMs)} ours`;
  const off: Finding = {
    level: "warning",
    what: `The database's clock is ${seconds(aheadMs)} this machine's.`,
    why: "Schedules go by the database's clock, records and retries by the machines': times on record will not fit together.",
    command: "timedatectl status   # on both machines; let NTP set them",
  };
  return { fact, findings: Math.abs(aheadMs) > CLOCK_LIMIT_MS ? [off] : [] };
}

function seconds(aheadMs: number): string {
  return `${Math.round(Math.abs(aheadMs) / 1_000)} s ${aheadMs > 0 ? "ahead of" : "behind"}`;
}

async function overviewOf(database: Database): Promise<Finding[]> {
  const { describeOverview } = await import("@vigia/reporting/queries");
  const { problems } = await database.snapshot(describeOverview);
  return [...problems.map(findingOf), ...(await unknownSchedules(database))];
}

async function unknownSchedules(sql: Queryable): Promise<Finding[]> {
  const scheduled = TASK_NAMES.filter((task) => taskDefinition(task).schedule !== null);
  const { rows } = await sql.query<{ task: string }>(
    `SELECT task FROM unnest($1::text[]) AS task WHERE task NOT IN (SELECT task FROM vigia.schedules)`,
    [scheduled],
  );
  if (rows.length === 0) return [];
  return [
    {
      level: "critical",
      what: `No scheduler knows ${rows.map(({ task }) => task).join(", ")}.`,
      why: "What has no schedule never runs by itself.",
      command: "docker compose up --detach scheduler   # it writes its schedules down when it starts",
    },
  ];
}

async function chainsOf(sql: Queryable): Promise<KnownChain[]> {
  const { rows } = await sql.query<KnownChain>(
    `SELECT chain_id AS "chainId", max(head_number) AS "headBlock" FROM vigia.chain_cursors GROUP BY chain_id`,
  );
  return rows;
}
