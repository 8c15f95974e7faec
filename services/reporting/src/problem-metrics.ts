import type { Database } from "@vigia/database";
import type { Logger } from "@vigia/runtime";
import { Gauge, type Registry } from "prom-client";
import type { Problem } from "./answers.ts";
import { describeOverview } from "./queries/overview.ts";

interface Parts {
  readonly database: Database;
  readonly metrics: { readonly registry: Registry };
  readonly log: Logger;
}

/**
 * Tells by `/metrics` what the overview says is wrong, looked at anew for each scrape: `vigia_problem` is 1 for each.
 * Where Postgres does not answer, all that is told is a problem of the kind `unknown`.
 */
export function measureProblems({ database, metrics, log }: Parts): void {
  new Gauge({
    name: "vigia_problem",
    help: "1 for each problem of the page's overview: its kind, its level, and what it is about",
    labelNames: ["kind", "level", "about"],
    registers: [metrics.registry],
    async collect() {
      this.reset();
      try {
        const { problems } = await database.snapshot(describeOverview);
        for (const problem of problems) this.set(labelsOf(problem), 1);
      } catch (error) {
        this.set({ kind: "unknown", level: "critical", about: "" }, 1);
        log.warn({ err: error }, "what is wrong could not be measured");
      }
    },
  });
}

function labelsOf(problem: Problem) {
  return { kind: problem.kind, level: problem.level, about: aboutOf(problem) };
}

/** The one thing that tells it from others of its kind; empty where there can be but one. */
function aboutOf(problem: Problem): string {
  if ("service" in problem) return problem.service;
  if ("task" in problem) return problem.task;
  if ("severity" in problem) return problem.severity;
  return "chainId" in problem ? String(problem.chainId) : "";
}
