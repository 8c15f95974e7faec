import { spawn } from "node:child_process";
import { once } from "node:events";
import { access, constants, rm, writeFile } from "node:fs/promises";
import { createInterface } from "node:readline";
import type { ServerName } from "./server-name.ts";

const PACKAGES: Readonly<Partial<Record<ServerName, string>>> = {
  nats: "nats-server",
  redis: "redis-server",
  postgres: "postgresql",
};
const POLICY_FILE = "/usr/sbin/policy-rc.d";
const ERROR_LINES = 10;

/** Root on Debian, Ubuntu and their kin may install packages without asking anybody. */
export async function mayInstallDebianPackages(): Promise<boolean> {
  if (process.getuid?.() !== 0) return false;
  return exists("/etc/debian_version", constants.F_OK).then(
    async (isDebian) => isDebian && (await exists("/usr/bin/apt-get", constants.X_OK)),
  );
}

/** Installs the packages of the servers that Debian has. Returns why it could not, or undefined when it could. */
export async function installDebianPackages(
  servers: readonly ServerName[],
  report: (line: string) => void,
): Promise<string | undefined> {
  const packages = servers.flatMap((server) => PACKAGES[server] ?? []);
  if (packages.length === 0) return undefined;
  report(`installing ${packages.join(", ")} with apt-get`);
  const removePolicy = await forbidServiceStarts();
  try {
    await aptGet(["update"], report);
    await aptGet(["install", "-y", "--no-install-recommends", ...packages], report);
    return undefined;
  } catch (error) {
    return `apt-get could not install them: ${error instanceof Error ? error.message : String(error)}`;
  } finally {
    await removePolicy();
  }
}

/**
 * Debian starts a service as it installs it, on the standard port. Ours run elsewhere, so its own way of saying "do not
 * start anything" is used for as long as the installation lasts. A policy that is there already is left alone.
 */
async function forbidServiceStarts(): Promise<() => Promise<void>> {
  try {
    await writeFile(POLICY_FILE, "#!/bin/sh\n# Written while Vigia installs packages: start nothing.\nexit 101\n", {
      flag: "wx",
      mode: 0o755,
    });
  } catch (error) {
    if (await exists(POLICY_FILE, constants.F_OK)) return async () => undefined;
    throw error;
  }
  return () => rm(POLICY_FILE, { force: true });
}

async function aptGet(args: readonly string[], report: (line: string) => void): Promise<void> {
  const child = spawn("apt-get", ["-q", "-o", "DPkg::Lock::Timeout=120", ...args], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, DEBIAN_FRONTEND: "noninteractive", LC_ALL: "C" },
  });
  const lastErrors: string[] = [];
  createInterface(child.stdout).on("line", (line) => {
    if (/^(Need to get|Setting up |Unpacking (nats|redis|postgresql))/.test(line)) report(`  ${line}`);
    if (line.startsWith("E: ")) keepLast(lastErrors, line);
  });
  createInterface(child.stderr).on("line", (line) => keepLast(lastErrors, line));
  const [code] = await once(child, "close");
  if (code !== 0) throw new Error(`apt-get ${args[0]} ended with ${String(code)}\n${lastErrors.join("\n")}`);
}

function keepLast(lines: string[], line: string): void {
  lines.push(line);
  if (lines.length > ERROR_LINES) lines.shift();
}

async function exists(path: string, mode: number): Promise<boolean> {
  return access(path, mode).then(
    () => true,
    () => false,
  );
}
