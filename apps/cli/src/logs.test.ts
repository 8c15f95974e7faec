import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { EXIT } from "./exit.ts";
import { call } from "./testing/call.ts";

const RUN = "3f1e9a0c-0000-4000-8000-000000000001";
let directory: string;

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "vigia-logs-"));
  const logs = join(directory, ".vigia", "logs");
  mkdirSync(logs, { recursive: true });
  mkdirSync(join(directory, "deep"));
  const line = (second: number, level: string, name: string, msg: string, facts: object = {}) =>
    JSON.stringify({ level, time: `2026-03-01T11:59:0${second}.000Z`, pid: 1, hostname: "h", name, ...facts, msg });
  const run = { task: "cleanup.expire-orders", executionId: RUN };
  const err = { message: "no answer", stack: "Error: no answer\n    at x.ts:1" };
  const cleanup = [
    line(1, "info", "cleanup", "run started", run),
    "plain text of Node's own",
    line(4, "error", "cleanup", "run failed", { ...run, err }),
    "{ half a line",
  ];
  writeFileSync(join(logs, "cleanup.log"), `${cleanup.join("\n")}\n`);
  writeFileSync(join(logs, "scheduler-1.log"), `${line(2, "warn", "scheduler", "waiting for NATS")}\n`);
});
afterAll(() => rmSync(directory, { recursive: true }));

const logs = async (...args: string[]) => {
  const asked = call(["logs", ...args], { directory: join(directory, "deep"), now: new Date("2026-03-01T12:00:00Z") });
  return { exitCode: await asked.exitCode, stdout: asked.stdout(), stderr: asked.stderr() };
};

test("lines of all processes in the order of their times, with an error's stack", async () => {
  const { exitCode, stdout } = await logs();
  expect(exitCode).toBe(EXIT.ok);
  const [first, second, third, ...stack] = stdout.trimEnd().split("\n");
  expect(first).toMatch(/ {2}info {3}cleanup {2}run started {2}task cleanup\.expire-orders, executionId 3f1e9a0c/);
  expect(second).toMatch(/ {2}warn {3}scheduler {2}waiting for NATS$/);
  expect(third).toMatch(/ {2}error {2}cleanup {2}run failed/);
  expect(stack).toEqual(["    Error: no answer", "        at x.ts:1"]);
});

test.each([
  [["3f1e"], ["run started", "run failed"]],
  [["cleanup.expire-orders", "--level", "warn"], ["run failed"]],
  [["scheduler"], ["waiting for NATS"]],
  [["--since", "57s"], ["run failed"]],
  [["--limit", "1"], ["run failed"]],
  [["nothing"], []],
])("logs %j", async (args, messages) => {
  const { exitCode, stdout } = await logs("--json", ...args);
  expect(exitCode).toBe(EXIT.ok);
  const lines = stdout.split("\n").filter(Boolean);
  expect(lines.map((line) => JSON.parse(line).msg)).toEqual(messages);
});

test("where no logs are, the command that has them is named", async () => {
  const elsewhere = async (...about: string[]) => {
    const asked = call(["logs", ...about], { directory: tmpdir() });
    expect(await asked.exitCode).toBe(EXIT.failed);
    expect(asked.stdout()).toBe("");
    return asked.stderr();
  };
  expect(await elsewhere(RUN)).toContain(`docker compose logs --no-log-prefix | grep '${RUN}'\n`);
  expect(await elsewhere("cleanup")).toContain("docker compose logs --no-log-prefix cleanup\n");
});
