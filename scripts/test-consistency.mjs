import { spawn } from "node:child_process";
import { parseArgs } from "node:util";
import { install, requireNode } from "./bootstrap.mjs";

/*
 * `npm run test:consistency -- --seed S --orders N`: a sound marketplace of N orders, in which the deep check finds nothing
 * while others work on it; then violations at random, each of which it finds once. The seed is in the test's name.
 */

const DEFAULT_ORDERS = 100_000;

requireNode();
const { seed, orders } = readArguments();
await install(process.stdout);
process.stdout.write(`vigia: the checks over ${orders} orders, from seed ${seed}\n`);
const environment = { ...process.env, SEED: String(seed), CONSISTENCY_TEST_ORDERS: String(orders) };
const jest = ["node_modules/jest/bin/jest.js", "services/consistency/src/precision.test.ts"];
const child = spawn(process.execPath, jest, { stdio: "inherit", env: environment });
child.on("exit", (code) => process.exit(code ?? 1));

function readArguments() {
  try {
    const { values } = parseArgs({ options: { seed: { type: "string" }, orders: { type: "string" } } });
    return {
      seed: readNumber("seed", values.seed, Date.now() % 1_000_000_000),
      orders: readNumber("orders", values.orders, DEFAULT_ORDERS),
    };
  } catch (error) {
    process.stderr.write(
      `test:consistency: ${error.message}\nUsage: npm run test:consistency -- [--seed S] [--orders N]\n`,
    );
    process.exit(2);
  }
}

function readNumber(name, text, fallback) {
  const number = text === undefined ? fallback : Number(text);
  if (!Number.isFinite(number) || number < 0) throw new Error(`--${name} must be a number, not "${text}"`);
  return number;
}
