import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { TASK_NAMES } from "@vigia/messages";

const PROGRAM = join(__dirname, "..", "..", "scripts", "dist", "start.js");
const LIMIT_MS = 240_000;

interface Report {
  readonly ok: boolean;
  readonly seen: {
    readonly runs: Readonly<Record<string, number>>;
    readonly resyncs: number;
    readonly failedRuns: number;
  };
  readonly expectations: readonly { readonly what: string; readonly ok: boolean }[];
}

describe("the whole system", () => {
  it(
    "plays the demo's story to its end, and sees all that must be seen",
    async () => {
      if (!existsSync(PROGRAM)) throw new Error(`${PROGRAM} is missing: run "npm run build" first`);
      const child = spawn(process.execPath, [PROGRAM, "--check", "--json"], { stdio: ["ignore", "pipe", "pipe"] });
      let document = "";
      let progress = "";
      child.stdout.on("data", (chunk: Buffer) => {
        document += chunk.toString();
      });
      child.stderr.on("data", (chunk: Buffer) => {
        progress += chunk.toString();
      });
      const [code] = await once(child, "close");
      if (!document) throw new Error(`the check printed nothing; its progress was:\n${progress}`);
      const report = JSON.parse(document) as Report;
      expect(report.expectations.filter(({ ok }) => !ok)).toEqual([]);
      expect(Object.keys(report.seen.runs).sort()).toEqual([...TASK_NAMES].sort());
      expect(report.seen).toMatchObject({ failedRuns: 0, resyncs: 1 });
      expect({ ok: report.ok, code }).toEqual({ ok: true, code: 0 });
    },
    LIMIT_MS,
  );
});
