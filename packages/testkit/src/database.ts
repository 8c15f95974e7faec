import { randomBytes } from "node:crypto";
import { Client } from "pg";
import { sharedPostgresUrl } from "./run.ts";

const TEMPLATE = "vigia_template";
const DRAFT = "vigia_template_draft";
/** One key for all workers, so that the template is made once. */
const TEMPLATE_LOCK = 7_164_402;

export interface TestDatabase {
  /** `postgres://…`, as the superuser. */
  readonly url: string;
  /** Removes it, ending whatever is still connected. Safe to call twice. */
  drop(): Promise<void>;
}

/** A migrated, empty database that nobody else uses: a copy of a template, so it takes some tens of milliseconds. */
export async function createDatabase(): Promise<TestDatabase> {
  const name = `test_${randomBytes(6).toString("hex")}`;
  await asAdmin(async (admin) => {
    await ensureTemplate(admin);
    await admin.query(`CREATE DATABASE ${name} TEMPLATE ${TEMPLATE}`);
  });
  return {
    url: urlOf(name),
    drop: () => asAdmin(async (admin) => void (await admin.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`))),
  };
}

/** The first file that wants a database migrates the template; it gets its name when it is whole. */
async function ensureTemplate(admin: Client): Promise<void> {
  if (await hasTemplate(admin)) return;
  await admin.query("SELECT pg_advisory_lock($1)", [TEMPLATE_LOCK]);
  try {
    if (await hasTemplate(admin)) return;
    await admin.query(`DROP DATABASE IF EXISTS ${DRAFT} WITH (FORCE)`);
    await admin.query(`CREATE DATABASE ${DRAFT}`);
    // Loaded here alone: most test files need no database, and none of them waits for its libraries.
    const { migrate } = await import("@vigia/database");
    await migrate({ url: urlOf(DRAFT) });
    await admin.query(`ALTER DATABASE ${DRAFT} RENAME TO ${TEMPLATE}`);
  } finally {
    await admin.query("SELECT pg_advisory_unlock($1)", [TEMPLATE_LOCK]);
  }
}

async function hasTemplate(admin: Client): Promise<boolean> {
  const { rowCount } = await admin.query("SELECT FROM pg_database WHERE datname = $1", [TEMPLATE]);
  return rowCount === 1;
}

async function asAdmin<T>(work: (admin: Client) => Promise<T>): Promise<T> {
  const admin = new Client({ connectionString: sharedPostgresUrl() });
  await admin.connect();
  try {
    return await work(admin);
  } finally {
    await admin.end();
  }
}

function urlOf(database: string): string {
  const url = new URL(sharedPostgresUrl());
  url.pathname = `/${database}`;
  return url.href;
}
