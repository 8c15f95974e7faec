import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import type { Problem } from "./answers.ts";

const ROOT = join(__dirname, "../../..");
const read = (path: string) => readFileSync(join(ROOT, path), "utf8");

const rule = z.strictObject({
  alert: z.string(),
  expr: z.string(),
  for: z
    .string()
    .regex(/^\d+m$/)
    .optional(),
  labels: z.strictObject({ severity: z.enum(["critical", "warning"]) }),
  annotations: z.strictObject({ summary: z.string() }),
});
const file = z.strictObject({ groups: z.tuple([z.strictObject({ name: z.string(), rules: z.array(rule) })]) });
const { rules } = file.parse(parse(read("deploy/prometheus/alerts.yml"))).groups[0];

/** Whether an alert tells of it: each kind is here, or it does not compile. */
const IS_ALERTED: Readonly<Record<Problem["kind"] | "unknown", boolean>> = {
  unknown: true,
  "service-missing": true,
  "chain-never-synced": true,
  "chain-behind": true,
  "chain-silent": true,
  "issues-open": true,
  "task-failing": true,
  "task-failed-before": false,
  "task-overdue": true,
  "task-paused": false,
  "redis-away": true,
  "dead-letters": true,
  "deliveries-given-up": true,
};

describe("the alert rules", () => {
  it("tell of every problem of the overview that is more than a note, and of nothing that is none", () => {
    const kinds = rules.flatMap(({ expr }) => /kind=~?"([^"]+)"/.exec(expr)?.[1]?.split("|") ?? []);
    const expected = Object.entries(IS_ALERTED).filter(([, isAlerted]) => isAlerted);
    expect(kinds.toSorted()).toEqual(expected.map(([kind]) => kind).toSorted());
  });

  it("each have their section in the runbook, which has no other", () => {
    const sections = [...read("docs/runbook.md").matchAll(/^## (.+)$/gm)].map(([, title]) => title);
    expect(sections).toEqual(rules.map(({ alert }) => alert));
  });
});
