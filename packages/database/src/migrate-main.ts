#!/usr/bin/env node
import { migrate } from "./migrate.ts";

const EXIT_CONFIGURATION = 78;

async function main(): Promise<void> {
  const url = process.env.DATABASE_URL;
  if (!url) {
    console.error("DATABASE_URL is missing: set it to postgres://user:password@host:port/database");
    process.exit(EXIT_CONFIGURATION);
  }
  const applied = await migrate({ url });
  console.log(applied.length ? `applied ${applied.join(", ")}` : "the schema is up to date");
}

main().catch((error: unknown) => {
  console.error("the migration failed:", error);
  process.exit(1);
});
