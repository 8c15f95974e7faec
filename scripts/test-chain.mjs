import { spawn } from "node:child_process";
import { parseArgs } from "node:util";
import { install, requireNode } from "./bootstrap.mjs";

/*
 * `npm run test:chain -- --seed S --minutes M`: random lives of escrows, forks and kills behind endpoints that lie, for
 * as long as you like; compared with a plain index of the chain. Each story's seed is in its name.
 */

const DEFAULT_MINUTES = 10;

requireNode();
const { seed, minutes } = readArguments();
await install(process.stdout);
process.stdout.write(`vigia: stories of the chain for about ${minutes} minutes, from seed ${seed}\n`);
const environment = { ...process.env, SEED: String(seed), CHAIN_TEST_MINUTES: String(minutes) };
const jest = ["node_modules/jest/bin/jest.js", "services/chain-sync/src/hostile.test.ts"];
const child = spawn(process.execPath, jest, { stdio: "inherit", env: environment });
child.on("exit", (code) => process.exit(code ?? 1));

function readArguments() {
  try {
    const { values } = parseArgs({ options: { seed: { type: "string" }, minutes: { type: "string" } } });
    return {
      seed: readNumber("seed", values.seed, Date.now() % 1_000_000_000),
      minutes: readNumber("minutes", values.minutes, DEFAULT_MINUTES),
    };
  } catch (error) {
    process.stderr.write(`test:chain: ${error.message}\nUsage: npm run test:chain -- [--seed S] [--minutes M]\n`);
    process.exit(2);
  }
}

function readNumber(name, text, fallback) {
  const number = text === undefined ? fallback : Number(text);
  if (!Number.isFinite(number) || number < 0) throw new Error(`--${name} must be a number, not "${text}"`);
  return number;
}
