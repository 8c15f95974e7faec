import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { baseSettings, readSettings, SERVICE_NAMES } from "@vigia/runtime";
import { configurationFiles } from "./files.ts";
import { configurationReference } from "./reference.ts";
import { SCHEMAS, sections } from "./settings.ts";

const directory = mkdtempSync(join(tmpdir(), "vigia-example-"));
afterAll(() => rmSync(directory, { recursive: true }));

test.each(configurationFiles())("docs is current: $path", ({ path, text }) => {
  const hint = "stale; run: npm run document -w scripts";
  expect({ file: basename(path), hint, text: readFileSync(path, "utf8") }).toEqual({
    file: basename(path),
    hint,
    text,
  });
});

test("every service has its section", () => {
  expect(readdirSync(join(__dirname, "..", "..", "..", "services")).sort()).toEqual([...SERVICE_NAMES]);
});

test("every variable that a service's schema names is documented", () => {
  const services = join(__dirname, "..", "..", "..", "services");
  const sources = readdirSync(services, { encoding: "utf8", recursive: true })
    .filter((path) => /^[^/\\]+[/\\]src[/\\].*(?<!\.test)\.ts$/.test(path))
    .map((path) => readFileSync(join(services, path), "utf8"))
    .filter((source) => source.includes('from "zod"'));
  const named = sources.flatMap((source) => [...source.matchAll(/^ +([A-Z][A-Z0-9]*_[A-Z0-9_]+): /gm)]);
  const documented = sections().flatMap(({ settings }) => settings.map(({ variable }) => variable));
  expect(documented).toEqual(expect.arrayContaining(named.map(([, variable]) => variable)));
  expect(named.length).toBeGreaterThan(10);
});

test("no two settings share a variable, nor a place in the file", () => {
  const settings = sections().flatMap(({ service = "", settings }) =>
    settings.map(({ keys, variable }) => ({ variable, place: [service, ...keys].join(".") })),
  );
  expect(new Set(settings.map(({ variable }) => variable)).size).toBe(settings.length);
  expect(new Set(settings.map(({ place }) => place)).size).toBe(settings.length);
});

test.each(SERVICE_NAMES)("the example of the reference is a file that %s takes", (service) => {
  const [, example = ""] = /```yaml\n(.*?)```/s.exec(configurationReference()) ?? [];
  const file = join(directory, "vigia.yaml");
  writeFileSync(file, example);
  const chain = { CHAIN_ID: "1", CHAIN_RPC_URL: "http://localhost", ESCROW_ADDRESS: `0x${"0".repeat(40)}` };
  const schema = baseSettings.extend(SCHEMAS[service]?.shape ?? {});
  expect(readSettings(schema, { ...chain, VIGIA_CONFIG: file }, service)).toMatchObject({ NATS_REPLICAS: 1 });
});
