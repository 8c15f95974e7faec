import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { eventually } from "@vigia/testkit";
import { type SupervisedProcess, supervise } from "./supervise.ts";

describe("supervise", () => {
  let dir: string;
  let said: string[];
  let running: SupervisedProcess | undefined;

  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), "vigia-supervise-"));
    said = [];
  });
  afterEach(async () => {
    await running?.stop();
    rmSync(dir, { recursive: true, force: true });
  });

  /** `script` may count its starts by what is in the log so far. */
  function start(script: string): SupervisedProcess {
    const file = join(dir, "service.js");
    writeFileSync(file, script);
    const definition = { name: "service", file, environment: { SETTING: "from the stack" } };
    running = supervise({ definition, dataDir: dir, say: (line) => said.push(line) });
    return running;
  }

  function log(): string {
    return readFileSync(join(dir, "logs", "service.log"), "utf8");
  }

  it("keeps the whole log, and says only what a person must know", async () => {
    start(`
      console.log(JSON.stringify({ level: "info", msg: "all is well", setting: process.env.SETTING }));
      console.log(JSON.stringify({ level: "warn", msg: "slow" }));
      console.log(JSON.stringify({ level: "warn", msg: "slow" }));
      setInterval(() => undefined, 1000);`);
    await eventually(() => expect(log().match(/slow/g)).toHaveLength(2));
    expect(log()).toContain("from the stack");
    expect(said).toEqual(["! service: slow"]);
  });

  it("starts it again when it dies, and says why it died", async () => {
    start(`
      const fs = require("node:fs");
      const mark = ${JSON.stringify("MARK")} + process.pid;
      const marks = __dirname + "/marks";
      fs.appendFileSync(marks, mark + "\\n");
      if (fs.readFileSync(marks, "utf8").trim().split("\\n").length === 1) throw new TypeError("boom");
      console.log("second life");
      setInterval(() => undefined, 1000);`);
    await eventually(() => expect(log()).toContain("second life"));
    expect(said).toEqual(["! service ended unexpectedly (1): TypeError: boom; started again in 0.5 s"]);
  });

  it("gives up at once where the settings are wrong, with the list of what is wrong", async () => {
    const process = start(`console.error("wrong settings:\\n  NATS_URL is missing"); process.exitCode = 78;`);
    await eventually(() => expect(process.failure()).toBeDefined());
    expect(process.failure()).toContain("wrong settings:\n  NATS_URL is missing");
  });

  it("stops it with SIGTERM, and stopping twice is safe", async () => {
    const process = start(`
      process.on("SIGTERM", () => { console.log("in order"); clearInterval(timer); });
      const timer = setInterval(() => undefined, 1000);
      console.log("up");`);
    await eventually(() => expect(log()).toContain("up"));
    await Promise.all([process.stop(), process.stop()]);
    await eventually(() => expect(log()).toContain("in order"));
    expect(said).toEqual([]);
  });
});
