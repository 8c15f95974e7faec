#!/usr/bin/env node
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { GRANTS, writeAccess } from "./files.ts";
import { grant } from "./grant.ts";
import { type Places, URL_SETTINGS } from "./identity.ts";

const EXIT_USAGE = 64;
const EXIT_CONFIGURATION = 78;
const USAGE = `vigia-access files DIR   make passwords; write the servers' users and everybody's settings below DIR.
                         NATS_URL, REDIS_URL and DATABASE_URL say where the servers are
vigia-access grant DIR   run DIR/${GRANTS} as the owner of the database at DATABASE_URL: after each migration
`;

async function main([verb, dir]: readonly string[]): Promise<void> {
  if (dir === undefined || (verb !== "files" && verb !== "grant")) {
    process.stderr.write(USAGE);
    process.exit(EXIT_USAGE);
  }
  if (verb === "files") {
    writeAccess(dir, readPlaces(), process.env.POSTGRES_PASSWORD);
    return console.log(`the logins are in ${dir}`);
  }
  await grant(read(URL_SETTINGS.postgres), readFileSync(join(dir, GRANTS), "utf8"));
  console.log("every role has what it needs, and no more");
}

function readPlaces(): Places {
  return { nats: read(URL_SETTINGS.nats), redis: read(URL_SETTINGS.redis), postgres: read(URL_SETTINGS.postgres) };
}

/** A setting, or what is in the file that `NAME_FILE` names. */
function read(name: string): string {
  const file = process.env[`${name}_FILE`];
  const value = process.env[name] || (file ? readFileSync(file, "utf8").trim() : "");
  if (value) return value;
  console.error(`${name} is missing`);
  process.exit(EXIT_CONFIGURATION);
}

main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(`access was not given: ${error instanceof Error ? error.message : String(error)}`);
  process.exit(1);
});
