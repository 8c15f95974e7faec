import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { collectDefaultMetrics, Registry } from "prom-client";
import { z } from "zod";

const ROOT = join(__dirname, "../../..");
const WIDTH = 24;

const target = z.looseObject({ refId: z.string(), expr: z.string().min(1), legendFormat: z.string() });
const panel = z.looseObject({
  id: z.int().positive(),
  title: z.string().min(1),
  type: z.enum(["table", "stat", "timeseries"]),
  datasource: z.strictObject({ type: z.literal("prometheus"), uid: z.literal("${" + "datasource}") }),
  gridPos: z.strictObject({ x: z.int(), y: z.int(), w: z.int().positive(), h: z.int().positive() }),
  targets: z.array(target).min(1),
});
/** What Grafana needs of a dashboard to load it: https://grafana.com/docs/grafana/latest/dashboards/build-dashboards/view-dashboard-json-model/ */
const dashboard = z.looseObject({
  uid: z.string().max(40),
  title: z.string().min(1),
  schemaVersion: z.int(),
  templating: z.looseObject({
    list: z.tuple([z.looseObject({ name: z.literal("datasource"), type: z.literal("datasource") })]),
  }),
  panels: z.array(panel).min(1),
});
const { panels } = dashboard.parse(JSON.parse(readFileSync(join(ROOT, "deploy/grafana/vigia.json"), "utf8")));

/** Every metric that a program of ours makes, by its sources, and those of the process itself. */
function exposed(): Set<string> {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const names = registry.getMetricsAsArray().map(({ name }) => name);
  const folders = [
    "packages/runtime/src",
    ...readdirSync(join(ROOT, "services")).map((name) => `services/${name}/src`),
  ];
  for (const folder of folders) {
    for (const file of readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" })) {
      if (!file.endsWith(".ts") || file.endsWith(".test.ts")) continue;
      const source = readFileSync(join(ROOT, folder, file), "utf8");
      for (const [, kind, name = ""] of source.matchAll(/new (Counter|Gauge|Histogram)\(\{\s*name: "(\w+)"/g)) {
        names.push(...(kind === "Histogram" ? ["_bucket", "_sum", "_count"].map((part) => name + part) : [name]));
      }
    }
  }
  return new Set(names);
}

describe("the Grafana dashboard", () => {
  it("asks for metrics that the services expose, and for no others", () => {
    const known = exposed();
    const asked = panels.flatMap(({ targets }) =>
      targets.flatMap(({ expr }) => expr.match(/\b(?:vigia|process|nodejs)_\w+/g) ?? [expr]),
    );
    expect(asked.filter((name) => !known.has(name))).toEqual([]);
  });

  it("shows every metric of ours", () => {
    const exprs = panels.flatMap(({ targets }) => targets.map(({ expr }) => expr)).join("\n");
    const notShown = [...exposed()].filter((name) => name.startsWith("vigia_") && !exprs.includes(name));
    // A histogram's parts but its buckets, and what readiness and the last answer say already.
    expect(notShown.sort()).toEqual([
      "vigia_consumer_handling_since_timestamp_seconds",
      "vigia_healthy",
      "vigia_run_duration_seconds_count",
      "vigia_run_duration_seconds_sum",
    ]);
  });

  it("has each panel in a place of its own", () => {
    const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, index) => `${x + (index % w)},${y + Math.floor(index / w)}`),
    );
    expect(new Set(cells).size).toBe(cells.length);
    expect(panels.every(({ gridPos: { x, w } }) => x + w <= WIDTH)).toBe(true);
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
  });
});
