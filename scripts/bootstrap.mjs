import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/*
 * What `npm start` and `npm test` do before anything is installed or built. So: plain JavaScript, no dependencies.
 */

export const PROJECT_DIR = fileURLToPath(new URL("..", import.meta.url));
const LOWEST_NODE = [20, 19];
/** A step that takes long shows this often that it has not died. */
const ALIVE_EVERY_MS = 5_000;
const LOCK_FILE = join(PROJECT_DIR, "package-lock.json");
const MODULES_DIR = join(PROJECT_DIR, "node_modules");
/** Says which lock file the installed packages came from. */
const INSTALLED_HASH_FILE = join(MODULES_DIR, ".vigia-lock-hash");

/** Ends the process, with words that help, where Node is too old for what follows. */
export function requireNode() {
  const [major, minor] = process.versions.node.split(".").map(Number);
  if (major > LOWEST_NODE[0] || (major === LOWEST_NODE[0] && minor >= LOWEST_NODE[1])) return;
  process.stderr.write(
    `Vigia needs Node ${LOWEST_NODE.join(".")} or later; this is ${process.version} (${process.execPath}).\n` +
      "Get a newer one from https://nodejs.org or with your version manager, for example: nvm install 22\n",
  );
  process.exit(1);
}

/**
 * A step that a person waits for: says its name, then how long it took. Returns whether it went well; what it printed
 * is shown only where it did not.
 * @param {string} name
 * @param {() => Promise<{ code: number, output: string }>} action
 * @param {NodeJS.WritableStream} out
 */
export async function step(name, action, out) {
  const startedAt = Date.now();
  out.write(`  ${name} …`);
  const alive = setInterval(() => out.write("."), ALIVE_EVERY_MS);
  const { code, output } = await action().finally(() => clearInterval(alive));
  const seconds = ((Date.now() - startedAt) / 1000).toFixed(1);
  // One line that is finished on a terminal and in a log file alike.
  out.write(code === 0 ? ` ${seconds} s\n` : ` failed after ${seconds} s\n${output.trimEnd()}\n`);
  return code === 0;
}

/** Installs the dependencies if there are none or if package-lock.json is another than the one they came from. */
export async function install(out) {
  const wanted = createHash("sha256").update(readFileSync(LOCK_FILE)).digest("hex");
  if (readInstalledHash() === wanted) return;
  if (!isInstalledByHand()) {
    // npm itself tells the script that it runs where it is; beside a terminal it is looked up.
    const npm = process.env.npm_execpath;
    const [file, args] = npm?.endsWith(".js") ? [process.execPath, [npm]] : ["npm", []];
    const ci = [...args, "ci", "--no-audit", "--no-fund", "--loglevel=error"];
    const done = await step("installing dependencies (npm ci)", () => run(file, ci), out);
    if (!done) process.exit(1);
  }
  writeFileSync(INSTALLED_HASH_FILE, wanted);
}

function readInstalledHash() {
  return existsSync(INSTALLED_HASH_FILE) ? readFileSync(INSTALLED_HASH_FILE, "utf8") : undefined;
}

/** Whoever ran `npm ci` needs no second one: npm notes what it installed in a file that is then the younger one. */
function isInstalledByHand() {
  const note = join(MODULES_DIR, ".package-lock.json");
  if (!existsSync(note)) return false;
  return statSync(note).mtimeMs >= statSync(LOCK_FILE).mtimeMs;
}

/** Compiles what changed, and bundles the page. Returns whether all went well. */
export function build(out) {
  return step("building", () => turbo(["run", "compile", "bundle", "--output-logs=errors-only"]), out);
}

function turbo(args) {
  const concurrency = `--concurrency=${Math.max(2, availableParallelism())}`;
  return runTool("turbo/bin/turbo", [...args, concurrency], {
    TURBO_TELEMETRY_DISABLED: "1",
    TURBO_NO_UPDATE_NOTIFIER: "1",
    DO_NOT_TRACK: "1",
  });
}

/** Runs a program of an installed package, by its file under node_modules, and collects what it prints. */
export function runTool(file, args, env = {}) {
  return run(process.execPath, [join(MODULES_DIR, file), ...args], env);
}

function run(file, args, env = {}) {
  return new Promise((resolve) => {
    const child = spawn(file, args, {
      cwd: PROJECT_DIR,
      env: { ...process.env, ...env },
      stdio: ["ignore", "pipe", "pipe"],
      shell: process.platform === "win32" && file === "npm",
    });
    let output = "";
    const collect = (chunk) => {
      output += chunk;
    };
    child.stdout.setEncoding("utf8").on("data", collect);
    child.stderr.setEncoding("utf8").on("data", collect);
    child.once("error", (error) => resolve({ code: 1, output: `${file}: ${error.message}` }));
    child.once("close", (code) => resolve({ code: code ?? 1, output }));
  });
}

/** Runs a program of an installed package in the foreground; returns its exit code. */
export function runInForeground(file, args, env = {}) {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [join(MODULES_DIR, file), ...args], {
      cwd: PROJECT_DIR,
      env: { ...process.env, ...env },
      stdio: "inherit",
    });
    // Ctrl-C goes to both; the child decides when it is done, so this process waits for it.
    for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => child.kill(signal));
    child.once("close", (code, signal) => resolve(code ?? (signal === "SIGINT" ? 130 : 143)));
  });
}
