import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AlreadyRunningError, lockInstance } from "./instance-lock.ts";

describe("lockInstance", () => {
  let dir: string;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), "vigia-lock-"));
  });
  afterEach(() => rmSync(dir, { recursive: true, force: true }));

  it("refuses a second one and says where the first one's page is", () => {
    const lock = lockInstance(dir);
    expect(() => lockInstance(dir)).toThrow(AlreadyRunningError);
    lock.publish("http://127.0.0.1:4001");
    expect(() => lockInstance(dir)).toThrow("http://127.0.0.1:4001");
    lock.release();
    lockInstance(dir).release();
  });

  it.each([
    ["of a process that is gone", `{"identity":"1@1"}`],
    ["that was half written", `{"ident`],
  ])("takes over a lock %s", (_case, content) => {
    writeFileSync(join(dir, "instance.json"), content);
    const lock = lockInstance(dir);
    expect(readFileSync(join(dir, "instance.json"), "utf8")).toContain(String(process.pid));
    lock.release();
  });
});
