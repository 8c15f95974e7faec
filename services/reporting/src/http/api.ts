import type { Database } from "@vigia/database";
import { SEVERITIES, TASK_NAMES } from "@vigia/messages";
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { describeChain } from "../queries/chain.ts";
import { listEvents } from "../queries/events.ts";
import { findIssue, listIssues } from "../queries/issues.ts";
import { listJobs } from "../queries/jobs.ts";
import { describeOverview } from "../queries/overview.ts";
import { findRun, listRuns } from "../queries/runs.ts";
import { HttpProblem, readQuery, tellProblems } from "./problem.ts";
import { serveStream } from "./stream.ts";

const limit = z.coerce.number().int().min(1).max(200).default(50);
const position = z.coerce.number().int().positive();

const runsQuery = z.strictObject({
  task: z.enum(TASK_NAMES).optional(),
  status: z.enum(["running", "completed", "failed", "recovered", "skipped"]).optional(),
  before: position.optional(),
  limit,
});

const issuesQuery = z.strictObject({
  status: z.enum(["open", "acknowledged", "snoozed", "resolved"]).optional(),
  check: z.string().min(1).max(100).optional(),
  severity: z.enum(SEVERITIES).optional(),
  before: z.string().min(1).max(200).optional(),
  limit,
});

const eventsQuery = z.strictObject({
  subject: z
    .string()
    .regex(/^[^\s*>]{1,200}$/, "must be the beginning of a subject in whole words, without wildcards")
    .transform((subject) => subject.replace(/\.+$/, ""))
    .optional(),
  before: position.optional(),
  limit,
});

/** Everything under `/api`: reads alone. Failures are `application/problem+json` in words. */
export async function serveApi(app: FastifyInstance, database: Database): Promise<void> {
  await app.register(
    async (api) => {
      tellProblems(api);
      api.addHook("onRequest", async (_request, reply) => void reply.header("cache-control", "no-store"));
      api.get("/overview", () => database.snapshot(describeOverview));
      api.get("/jobs", () => database.snapshot(listJobs));
      api.get("/chain", () => database.snapshot(describeChain));
      api.get("/runs", async ({ query }) => listRuns(database, readQuery(runsQuery, query)));
      api.get<{ Params: { id: string } }>("/runs/:id", async ({ params: { id } }) => {
        return (await findRun(database, id)) ?? absent(`No run has the id ${id}.`);
      });
      api.get("/issues", async ({ query }) => listIssues(database, readQuery(issuesQuery, query)));
      api.get<{ Params: { fingerprint: string } }>("/issues/:fingerprint", async ({ params: { fingerprint } }) => {
        return (await findIssue(database, fingerprint)) ?? absent(`No issue has the fingerprint ${fingerprint}.`);
      });
      api.get("/events", async ({ query }) => listEvents(database, readQuery(eventsQuery, query)));
      serveStream(api, database);
    },
    { prefix: "/api" },
  );
}

function absent(detail: string): never {
  throw new HttpProblem(404, detail);
}
