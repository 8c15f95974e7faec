import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { writeAccess } from "./files.ts";
import { IDENTITIES_OF, loginOf, MARKETPLACE } from "./identity.ts";

const PLACES = { nats: "nats://n:4222", redis: "redis://r:6379", postgres: "postgres://vigia@p:5432/vigia" };
const dir = mkdtempSync(join(tmpdir(), "vigia-access-"));
afterAll(() => rmSync(dir, { recursive: true }));

const read = (...path: string[]) => readFileSync(join(dir, ...path), "utf8");

test("each has a folder with its own settings, that nobody else may read", () => {
  writeAccess(dir, PLACES);
  for (const identity of IDENTITIES_OF.postgres) {
    const files = identity === MARKETPLACE ? ["DATABASE_URL"] : ["DATABASE_URL", "NATS_URL", "REDIS_URL"];
    expect(readdirSync(join(dir, identity)).sort()).toEqual(files);
    expect(statSync(join(dir, identity)).mode & 0o077).toBe(0);
    for (const file of files) {
      expect(statSync(join(dir, identity, file)).mode & 0o077).toBe(0);
      expect(new URL(read(identity, file)).username).toBe(loginOf(identity));
    }
  }
});

test("no password is used twice, and what all may read holds none but the owner's", () => {
  const { owner, ...servers } = JSON.parse(read("passwords.json")) as Record<string, Record<string, string>>;
  const all = [owner, ...Object.values(servers).flatMap((each) => Object.values(each))] as unknown as string[];
  expect(new Set(all).size).toBe(all.length);
  expect(all.filter((password) => read("redis", "users.acl").includes(password))).toEqual([]);
  expect(new URL(read("owner", "DATABASE_URL")).password).toBe(read("postgres", "password"));
});

test("passwords stay when it is done again; the owner's is the one that is given", () => {
  const before = read("cleanup", "NATS_URL");
  writeAccess(dir, { ...PLACES, nats: "nats://elsewhere:4222" }, "given");
  expect(read("cleanup", "NATS_URL")).toBe(before.replace("@n:", "@elsewhere:"));
  expect(read("postgres", "password")).toBe("given");
  expect(read("owner", "DATABASE_URL")).toBe("postgres://vigia:given@p:5432/vigia");
});
