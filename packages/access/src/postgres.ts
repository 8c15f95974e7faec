import { TASK_NAMES } from "@vigia/messages";
import { IDENTITIES_OF, loginOf, MARKETPLACE, OPERATOR, type Passwords } from "./identity.ts";
import { consumersOf, locksOf, SERVICES, type Service, tasksOf, turnsOf } from "./service.ts";

/** What every service does in the tables that all share. Which rows are its own, `OWN_ROWS` says. */
const SHARED: Readonly<Record<string, string>> = {
  "vigia.outbox": "SELECT, INSERT, UPDATE (relayed_at)",
  "vigia.bus_marks": "SELECT, INSERT, UPDATE",
  "vigia.handled_messages": "SELECT, INSERT",
  "vigia.failed_tries": "SELECT, INSERT, UPDATE, DELETE",
  "vigia.dead_letters": "SELECT (id), INSERT",
  "vigia.executions": "SELECT, INSERT, UPDATE",
  "vigia.cancellations": "SELECT",
  "vigia.checkpoints": "SELECT, INSERT, UPDATE, DELETE",
  "vigia.owners": "SELECT, INSERT, UPDATE, DELETE",
  "vigia.job_locks": "SELECT, INSERT, UPDATE, DELETE",
  "vigia.job_fences": "SELECT, INSERT, UPDATE",
  "vigia.job_state": "SELECT, INSERT, UPDATE",
};

/** Which rows of a shared table a service may write: a condition. All may be read by whoever may read the table. */
const OWN_ROWS: Readonly<Record<string, (service: Service) => string>> = {
  "vigia.outbox": ({ name }) => `source = ${text(name)}`,
  "vigia.handled_messages": (service) => among("consumer", [...tasksOf(service), ...durablesOf(service)]),
  "vigia.failed_tries": (service) => among("consumer", durablesOf(service)),
  "vigia.dead_letters": (service) =>
    among("consumer", [...durablesOf(service), "outbox-relay", ...(service.keepsTheBus ? ["nobody"] : [])]),
  "vigia.executions": (service) => `service = ${text(service.name)} AND ${runsOf(service)}`,
  "vigia.checkpoints": (service) => among("task", tasksOf(service)),
  "vigia.owners": ({ name }) => `service = ${text(name)} AND starts_with(owner, ${text(`${name}@`)})`,
  "vigia.job_locks": (service) => among("job", [...locksOf(service), ...turnsOf(service)]),
  "vigia.job_fences": (service) => among("job", [...locksOf(service), ...turnsOf(service)]),
  "vigia.job_state": (service) => among("job", locksOf(service)),
  "vigia.issues": ({ name }) => String(name === "consistency"),
};

interface RowRule {
  readonly table: string;
  readonly to: string;
  readonly act: "INSERT" | "UPDATE" | "DELETE";
  /** Which rows that are there; and which there may be afterwards. */
  readonly using?: string;
  readonly check?: string;
}

/** Rows that are no service's own, but that one has to do with. A check that is `false` allows a lock and no change. */
const FURTHER_ROWS: readonly RowRule[] = [
  // Whoever notices that the bus lost events has them told again; that an event was told, its own service alone says.
  ...SERVICES.map(
    ({ name }): RowRule => ({
      ...{ table: "vigia.outbox", to: name, act: "UPDATE", using: "true", check: "relayed_at IS NULL" },
    }),
  ),
  { table: "vigia.dead_letters", to: "scheduler", act: "UPDATE", using: "true", check: "true" },
  ...Object.entries({
    "vigia.outbox": "relayed_at IS NOT NULL",
    "vigia.handled_messages": "true",
    "vigia.failed_tries": "true",
    "vigia.checkpoints": "updated_at < now() - interval '1 day'",
    "vigia.executions": "status <> 'running'",
    "vigia.dead_letters": "resolved_at IS NOT NULL",
    "vigia.issues": "status = 'resolved'",
  }).flatMap(([table, using]): RowRule[] => [
    { table, to: "cleanup", act: "DELETE", using },
    { table, to: "cleanup", act: "UPDATE", using, check: "false" },
  ]),
];

/**
 * The roles and what they may do, as one transaction of SQL for somebody who owns the schema `vigia` and may make roles.
 * Safe to run again, and to be run after each migration. It holds the passwords.
 */
export function databaseAccess({ postgres }: Pick<Passwords, "postgres">): string {
  return `${[
    "BEGIN;",
    // Who waits for a table keeps everybody behind from it: rather give up soon, and try again.
    "SET LOCAL lock_timeout = '2s';",
    ...IDENTITIES_OF.postgres.flatMap((identity) => roleOf(identity, postgres[identity] ?? "")),
    ...SERVICES.flatMap(grantsOf),
    `GRANT SELECT ON ALL TABLES IN SCHEMA vigia, marketplace TO ${role(OPERATOR)};`,
    `GRANT SELECT ON public.vigia_migrations TO ${role(OPERATOR)};`,
    `GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA marketplace TO ${role(MARKETPLACE)};`,
    `GRANT SELECT ON vigia.escrows TO ${role(MARKETPLACE)};`,
    `GRANT EXECUTE ON FUNCTION vigia.tell_order, vigia.tell_dispute TO ${role(MARKETPLACE)};`,
    `GRANT SELECT, UPDATE (read_at) ON vigia.notifications TO ${role(MARKETPLACE)};`,
    FORGET_POLICIES,
    ...Object.keys(OWN_ROWS).flatMap(rowRules),
    "COMMIT;",
  ].join("\n")}\n`;
}

/** What a role must be able to do to some column of a table at least. */
export interface TableRight {
  readonly role: string;
  readonly table: string;
  /** `SELECT`, `INSERT`, `UPDATE` or `DELETE`. */
  readonly privilege: string;
}

/** Every service's rights, for whoever wants to see whether they were given. */
export function tableRights(): TableRight[] {
  return SERVICES.flatMap(({ name, tables }) =>
    [...Object.entries(SHARED), ...Object.entries(tables)].flatMap(([table, rights]) =>
      [...rights.matchAll(/[A-Z]+/g)].map(([privilege]) => ({ role: loginOf(name), table, privilege })),
    ),
  );
}

/** Nothing that was granted earlier stays. */
function roleOf(identity: string, password: string): string[] {
  const name = role(identity);
  return [
    `DO $$ BEGIN CREATE ROLE ${name}; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$;`,
    `ALTER ROLE ${name} LOGIN PASSWORD ${text(password)};`,
    `REVOKE ALL ON ALL TABLES IN SCHEMA vigia, marketplace FROM ${name};`,
    `GRANT USAGE ON SCHEMA vigia, marketplace TO ${name};`,
  ];
}

function grantsOf({ name, tables }: Service): string[] {
  return [...Object.entries(SHARED), ...Object.entries(tables)].map(
    ([table, rights]) => `GRANT ${rights} ON ${table} TO ${role(name)};`,
  );
}

const FORGET_POLICIES = `DO $$ DECLARE each record; BEGIN
  FOR each IN SELECT policyname, tablename FROM pg_policies WHERE schemaname = 'vigia' LOOP
    EXECUTE format('DROP POLICY %I ON vigia.%I', each.policyname, each.tablename);
  END LOOP;
END $$;`;

function rowRules(table: string): string[] {
  const own = OWN_ROWS[table];
  const rules = SERVICES.flatMap((service): RowRule[] => {
    const rows = own?.(service) ?? "false";
    const rule = { table, to: service.name };
    return [
      { ...rule, act: "INSERT", check: rows },
      { ...rule, act: "UPDATE", using: rows, check: rows },
      { ...rule, act: "DELETE", using: rows },
    ];
  });
  return [
    `ALTER TABLE ${table} ENABLE ROW LEVEL SECURITY;`,
    `CREATE POLICY readable ON ${table} FOR SELECT USING (true);`,
    ...[...rules, ...FURTHER_ROWS.filter((rule) => rule.table === table)].map(policy),
  ];
}

function policy({ table, to, act, using, check }: RowRule, index: number): string {
  const conditions = [...(using ? [`USING (${using})`] : []), ...(check ? [`WITH CHECK (${check})`] : [])].join(" ");
  return `CREATE POLICY "${to} ${act} ${index}" ON ${table} FOR ${act} TO ${role(to)} ${conditions};`;
}

/** The runs that it may put on record. */
function runsOf(service: Service): string {
  return service.keepsTheBus ? `status = 'skipped' AND ${among("job", TASK_NAMES)}` : among("job", tasksOf(service));
}

function durablesOf(service: Service): string[] {
  return consumersOf(service).map(({ durable }) => durable);
}

function role(identity: string): string {
  return `"${loginOf(identity)}"`;
}

function among(column: string, values: readonly string[]): string {
  return values.length === 0 ? "false" : `${column} IN (${values.map(text).join(", ")})`;
}

function text(value: string): string {
  return `'${value.replaceAll("'", "''")}'`;
}
