import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import {
  IDENTITIES_OF,
  makePassword,
  makePasswords,
  type Passwords,
  type Places,
  settingsOf,
  URL_SETTINGS,
} from "./identity.ts";
import { natsConfiguration } from "./nats.ts";
import { databaseAccess } from "./postgres.ts";
import { redisUsers } from "./redis.ts";

const PASSWORDS = "passwords.json";
const OWNER = "owner";
/** Where `grant` finds what it runs, in the owner's folder. */
export const GRANTS = "access.sql";
/** For whoever runs Redis and PostgreSQL, as whom it may be. Only their containers see these folders. */
const READABLE = { folder: 0o755, file: 0o644 };

/**
 * Writes below `dir` what the servers need to know their users (`nats/users.conf`, `redis/users.acl`,
 * `postgres/password`, and what the owner of the database runs, `owner/access.sql`), and for each identity a folder with
 * its settings, a file each (`cleanup/NATS_URL`). Passwords that are there stay. The owner logs in to the database as the
 * URL's user; its password is `ownerPassword`, or made.
 */
export function writeAccess(dir: string, places: Places, ownerPassword?: string): void {
  const file = join(dir, PASSWORDS);
  const kept = existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as Kept) : undefined;
  const passwords = makePasswords(kept);
  const owner = ownerPassword || kept?.owner || makePassword();
  write(dir, PASSWORDS, JSON.stringify({ ...passwords, owner }));
  write(dir, join("nats", "users.conf"), natsConfiguration(passwords));
  write(dir, join("redis", "users.acl"), redisUsers(passwords), READABLE);
  write(dir, join("postgres", "password"), owner, READABLE);
  write(dir, join(OWNER, GRANTS), databaseAccess(passwords));
  write(dir, join(OWNER, URL_SETTINGS.postgres), places.postgres.replace(/:\/\/([^@/:]+)@/, `://$1:${owner}@`));
  for (const identity of IDENTITIES_OF.postgres) {
    for (const [name, value] of Object.entries(settingsOf(identity, places, passwords))) {
      if (value) write(dir, join(identity, name), value);
    }
  }
}

interface Kept extends Passwords {
  readonly owner: string;
}

function write(dir: string, name: string, text: string, mode = { folder: 0o700, file: 0o600 }): void {
  const path = join(dir, name);
  mkdirSync(dirname(path), { recursive: true, mode: mode.folder });
  // Whole or not at all: passwords that are half written would keep everybody out for good.
  writeFileSync(`${path}.new`, text, { mode: mode.file });
  renameSync(`${path}.new`, path);
}
