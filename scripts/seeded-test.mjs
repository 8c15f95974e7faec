import { spawn } from "node:child_process";
import { parseArgs } from "node:util";
import { install, requireNode } from "./bootstrap.mjs";

/**
 * Runs one test file from a seed and at a size: `--seed S --SIZE N`, which it gets as the variables `SEED` and `variable`.
 * Ends the process as the test ends; with 2 where the arguments are wrong.
 *
 * @param {{ name: string, test: string, size: string, letter: string, variable: string, fallback: number, says: (size: number) => string }} options
 */
export async function runSeededTest({ name, test, size, letter, variable, fallback, says }) {
  requireNode();
  const { seed, amount } = readArguments();
  await install(process.stdout);
  process.stdout.write(`vigia: ${says(amount)}, from seed ${seed}\n`);
  const env = { ...process.env, SEED: String(seed), [variable]: String(amount) };
  const child = spawn(process.execPath, ["node_modules/jest/bin/jest.js", test], { stdio: "inherit", env });
  child.on("exit", (code) => process.exit(code ?? 1));

  function readArguments() {
    try {
      const { values } = parseArgs({ options: { seed: { type: "string" }, [size]: { type: "string" } } });
      return {
        seed: readNumber("seed", values.seed, Date.now() % 1_000_000_000),
        amount: readNumber(size, values[size], fallback),
      };
    } catch (error) {
      process.stderr.write(`${name}: ${error.message}\nUsage: npm run ${name} -- [--seed S] [--${size} ${letter}]\n`);
      process.exit(2);
    }
  }
}

function readNumber(name, text, fallback) {
  const number = text === undefined ? fallback : Number(text);
  if (!Number.isFinite(number) || number < 0) throw new Error(`--${name} must be a number, not "${text}"`);
  return number;
}
