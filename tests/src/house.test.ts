import { readdirSync, readFileSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { TASK_NAMES } from "@vigia/messages";

const ROOT = join(__dirname, "..", "..");
const LONGEST_FILE_LINES = 400;

/** Which rooms may import a library: to change a dependency is to change one room. */
const ROOMS: Readonly<Record<string, readonly string[]>> = {
  "@nats-io/": ["packages/runtime/src/bus"],
  "@opentelemetry/": ["packages/runtime/src/trace", "packages/database/src"],
  typeorm: ["packages/database/src"],
  ioredis: ["packages/tracker/src"],
  ethers: ["packages/chain/src", "services/chain-sync/src/testing", "apps/demo/src", "packages/testkit/src"],
};

const files = ["packages", "services", "apps", "contracts", "scripts", "tests"].flatMap((folder) =>
  sourcesBelow(join(ROOT, folder)),
);
const programs = files.filter((file) => !file.endsWith(".test.ts"));

function sourcesBelow(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name))
    .map((entry) => relative(ROOT, join(entry.parentPath, entry.name)).split(sep).join("/"))
    .filter((path) => !/(^|\/)(node_modules|dist)\//.test(path));
}

function read(file: string): string {
  return readFileSync(join(ROOT, file), "utf8");
}

function importsOf(file: string): string[] {
  return [...read(file).matchAll(/from "([^"]+)"/g)].map(([, name]) => name ?? "");
}

function isShipped(file: string, folders: readonly string[]): boolean {
  return folders.some((folder) => file.startsWith(`${folder}/src/`) && !file.startsWith(`${folder}/src/testing/`));
}

describe("the house", () => {
  it("serves every task of the catalogue from exactly one place", () => {
    const services = programs.filter((file) => file.startsWith("services/"));
    const served = services.flatMap((file) =>
      [...read(file).matchAll(/defineTask\(\s*"([^"]+)"/g)].map(([, name]) => name),
    );
    expect(served.sort()).toEqual([...TASK_NAMES].sort());
  });

  it.each(Object.entries(ROOMS))("keeps %s in its room", (library, rooms) => {
    const outside = programs.filter(
      (file) =>
        importsOf(file).some(
          (name) => name === library || name.startsWith(library.endsWith("/") ? library : `${library}/`),
        ) && !rooms.some((room) => file.startsWith(`${room}/`)),
    );
    expect(outside).toEqual([]);
  });

  it("has no service that imports a service", () => {
    const services = readdirSync(join(ROOT, "services")).map((name) => `@vigia/${name}`);
    const neighbours = files.filter((file) => importsOf(file).some((name) => services.includes(name)));
    expect(neighbours).toEqual([]);
  });

  it("builds nothing for tests into what is shipped", () => {
    const shipped = readdirSync(join(ROOT, "services"))
      .map((name) => `services/${name}`)
      .concat(readdirSync(join(ROOT, "apps")).map((name) => `apps/${name}`));
    const built = shipped.filter((folder) => {
      const config = JSON.parse(read(`${folder}/tsconfig.json`)) as { exclude?: string[] };
      const hasTesting = files.some((file) => file.startsWith(`${folder}/src/testing/`));
      return hasTesting && !config.exclude?.includes("src/testing");
    });
    expect(built).toEqual([]);
    const users = programs.filter((file) => importsOf(file).includes("@vigia/testkit") && isShipped(file, shipped));
    expect(users).toEqual([]);
  });

  it("keeps what runs in the one folder of libraries that an image takes", () => {
    const { packages } = JSON.parse(read("package-lock.json")) as { packages: Record<string, { dev?: true }> };
    const apart = Object.entries(packages).filter(([path, { dev }]) => !dev && /^[^n].*\/node_modules\//.test(path));
    expect(apart.map(([path]) => path)).toEqual([]);
  });

  it("has no file that asks to be split", () => {
    const long = files.filter((file) => read(file).split("\n").length - 1 > LONGEST_FILE_LINES);
    expect(long).toEqual([]);
  });
});
