import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { PROMISES } from "./checks/verdict.ts";
import { describeReport, type Report } from "./report.ts";

const PROGRAM = join(__dirname, "..", "..", "dist", "reliability", "main.js");
const LIMIT_MS = 20 * 60_000;

describe("the system under faults", () => {
  it(
    "keeps every promise that its traces can show",
    async () => {
      if (!existsSync(PROGRAM)) throw new Error(`${PROGRAM} is missing: run "npm run build" first`);
      const child = spawn(process.execPath, [PROGRAM, "--json"], { stdio: ["ignore", "pipe", "pipe"] });
      let document = "";
      let progress = "";
      child.stdout.on("data", (chunk: Buffer) => {
        document += chunk.toString();
      });
      child.stderr.on("data", (chunk: Buffer) => {
        progress += chunk.toString();
      });
      const [code] = await once(child, "close");
      if (!document) throw new Error(`the suite reported nothing; its progress was:\n${progress}`);
      const report = JSON.parse(document) as Report;
      const printed = describeReport(report);
      process.stdout.write(`${printed}\n`);
      if (!report.ok) throw new Error(`${printed}\n${progress}`);
      expect(report.judgements.map(({ promise }) => promise)).toEqual(Object.keys(PROMISES));
      expect({ ok: report.ok, code }).toEqual({ ok: true, code: 0 });
    },
    LIMIT_MS,
  );
});
