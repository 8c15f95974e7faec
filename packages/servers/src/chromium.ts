import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync } from "node:fs";
import { mkdir, mkdtemp, readdir, rename, rm } from "node:fs/promises";
import { homedir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { createInterface } from "node:readline";

/** A browser for tests, and the environment that it needs. */
export interface Chromium {
  readonly program: string;
  readonly environment: Readonly<Record<string, string>>;
}

const NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
const MAC_PROGRAMS = [
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
];
const APT = "/usr/bin/apt-get";
const ERROR_LINES = 10;
const FETCH_LIMIT_MS = 900_000;

/**
 * The Chromium of this machine; or Debian's, which is fetched once (some 150 MB, with what it needs that is not
 * there) and unpacked into a cache of the user's: that needs no root, and installs nothing. `report` gets the progress.
 * Throws where neither can be had, and says how to get one.
 */
export async function getChromium({ report = () => {} }: { report?: (line: string) => void } = {}): Promise<Chromium> {
  const program = programsHere().find((path) => existsSync(path));
  if (program !== undefined) return { program, environment: {} };
  const home = join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "vigia", "chromium");
  if (!existsSync(home)) {
    if (!existsSync(APT))
      throw new Error("There is no Chromium on this machine. Install it, or Chrome, for the tests.");
    await fetchInto(home, report).catch((error: unknown) => {
      const message = `Chromium could not be fetched; or install it yourself: sudo apt-get install -y chromium`;
      throw new Error(`${message}\n${error instanceof Error ? error.message : String(error)}`, { cause: error });
    });
  }
  return unpackedAt(home);
}

function programsHere(): string[] {
  const path = (process.env.PATH ?? "").split(delimiter).filter((folder) => folder !== "");
  return [...path.flatMap((folder) => NAMES.map((name) => join(folder, name))), ...MAC_PROGRAMS];
}

/** Its libraries are found by `LD_LIBRARY_PATH`, and fonts that came with it beside those of the machine. */
function unpackedAt(home: string): Chromium {
  const own = join(home, "usr", "lib", "chromium");
  const libraries = readdirSync(join(home, "usr", "lib"), { withFileTypes: true, recursive: true })
    .filter((entry) => /\.so(\.|$)/.test(entry.name) && !entry.parentPath.startsWith(own))
    .map((entry) => entry.parentPath);
  const fonts = join(home, "etc", "fonts");
  return {
    program: join(own, "chromium"),
    environment: {
      LD_LIBRARY_PATH: [...new Set(libraries)].join(delimiter),
      XDG_DATA_HOME: join(home, "usr", "share"),
      ...(existsSync(fonts) && !existsSync("/etc/fonts") ? { FONTCONFIG_PATH: fonts } : {}),
    },
  };
}

/** Whole or not at all: another process may do the same meanwhile, and the first to end counts. */
async function fetchInto(home: string, report: (line: string) => void): Promise<void> {
  await mkdir(dirname(home), { recursive: true });
  const work = await mkdtemp(`${home}-`);
  try {
    const [lists, archives, root] = ["lists", "archives", "root"].map((name) => join(work, name)) as [
      string,
      string,
      string,
    ];
    for (const folder of [join(lists, "partial"), join(archives, "partial"), root]) {
      await mkdir(folder, { recursive: true });
    }
    const places = [
      ...["Debug::NoLocking=1", `Dir::State::lists=${lists}`, `Dir::Cache::archives=${archives}`],
      ...["Dir::Cache::pkgcache=", "Dir::Cache::srcpkgcache=", "APT::Sandbox::User="],
    ].flatMap((option) => ["-o", option]);
    report("fetching Chromium for the tests of the page; the next time it is there");
    await run(APT, ["-q", ...places, "update"], report);
    const wanted = ["--download-only", "--no-install-recommends", "chromium"];
    await run(APT, ["-q", ...places, "install", "-y", ...wanted], report);
    const packages = (await readdir(archives)).filter((name) => name.endsWith(".deb"));
    report(`  unpacking ${packages.length} packages`);
    for (const name of packages) await run("dpkg-deb", ["-x", join(archives, name), root], report);
    await rename(root, home).catch((error: unknown) => {
      if (!existsSync(home)) throw error;
    });
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

async function run(program: string, args: readonly string[], report: (line: string) => void): Promise<void> {
  const child = spawn(program, [...args], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, DEBIAN_FRONTEND: "noninteractive", LC_ALL: "C" },
    timeout: FETCH_LIMIT_MS,
  });
  const lastErrors: string[] = [];
  createInterface(child.stdout).on("line", (line) => {
    if (/^(Need to get|Get:)/.test(line)) report(`  ${line}`);
  });
  createInterface(child.stderr).on("line", (line) => lastErrors.push(line));
  const [code] = await once(child, "close");
  if (code !== 0)
    throw new Error(`${program} ended with ${String(code)}\n${lastErrors.slice(-ERROR_LINES).join("\n")}`);
}
