import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { findServer, programIn } from "./find.ts";

let folders: string[];
const path = process.env.PATH;

beforeEach(() => {
  folders = ["first", "second"].map((name) => mkdtempSync(join(tmpdir(), `vigia-find-${name}-`)));
  process.env.PATH = [...folders, path].join(delimiter);
});
afterEach(() => {
  process.env.PATH = path;
  for (const folder of folders) rmSync(folder, { recursive: true });
});

function put(folder: string | undefined, program: string): string {
  const file = join(folder ?? "", program);
  writeFileSync(file, "#!/bin/sh\n");
  chmodSync(file, 0o755);
  return file;
}

test("a Valkey does for a Redis, whichever stands first on the PATH", () => {
  const [first, second] = folders;
  const redis = put(second, "redis-server");
  expect(findServer("redis")).toBe(second);
  expect(programIn(second ?? "", "redis")).toBe(redis);
  const valkey = put(first, "valkey-server");
  expect(findServer("redis")).toBe(first);
  expect(programIn(first ?? "", "redis")).toBe(valkey);
});
