import { existsSync } from "node:fs";
import { join } from "node:path";
import { build, install, PROJECT_DIR, requireNode, runInForeground, runTool, step } from "./bootstrap.mjs";

/*
 * `npm test [-- jest's arguments]`: installs what is missing, checks and compiles everything, and runs the tests, which
 * get their servers themselves (packages/testkit/src/jest/global-setup.ts). A failed check does not hide the tests'
 * results: they run all the same, and the command fails in the end.
 */

const out = process.stdout;

requireNode();
out.write("vigia: before the tests\n");
await install(out);

const failed = [];
const check = async (name, action) => {
  if (!(await step(name, action, out))) failed.push(name);
};
await check("format and lint (biome)", () => runTool("@biomejs/biome/bin/biome", ["check", "."]));
await check("floating promises (oxlint)", () => runTool("oxlint/bin/oxlint", ["--type-aware"]));
if (!(await build(out))) failed.push("building");
if (existsSync(join(PROJECT_DIR, "tsconfig.test.json"))) {
  await check("types of the tests (tsc)", () => runTool("typescript/bin/tsc", ["-p", "tsconfig.test.json"]));
}

out.write("vigia: the tests\n");
const code = await runInForeground("jest/bin/jest.js", process.argv.slice(2));
if (failed.length > 0) process.stderr.write(`\nFailed before the tests: ${failed.join(", ")} (see above)\n`);
process.exitCode = code === 0 && failed.length > 0 ? 1 : code;
