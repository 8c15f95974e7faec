#!/usr/bin/env node
import { readFileSync } from "node:fs";
import { migrate } from "./migrate.ts";

const EXIT_CONFIGURATION = 78;

async function main(): Promise<void> {
  const url = read("DATABASE_URL");
  if (!url) {
    console.error("DATABASE_URL is missing: set it to postgres://user:password@host:port/database");
    process.exit(EXIT_CONFIGURATION);
  }
  const tls = { ca: read("DATABASE_TLS_CA"), cert: read("DATABASE_TLS_CERT"), key: read("DATABASE_TLS_KEY") };
  const applied = await migrate(tls.ca || tls.cert ? { url, tls } : { url });
  console.log(applied.length ? `applied ${applied.join(", ")}` : "the schema is up to date");
}

/** A setting, or what is in the file that `NAME_FILE` names. */
function read(name: string): string | undefined {
  const file = process.env[`${name}_FILE`];
  return process.env[name] || (file ? readFileSync(file, "utf8").trim() : undefined);
}

main().catch((error: unknown) => {
  console.error("the migration failed:", error);
  process.exit(1);
});
