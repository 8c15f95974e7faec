import type { Database } from "@vigia/database";
import { TASK_NAMES } from "@vigia/messages";
import type { Bus } from "@vigia/runtime";
import type { FastifyInstance } from "fastify";
import { findAction, listActions } from "../queries/actions.ts";
import { describeChain } from "../queries/chain.ts";
import { describeCleanup } from "../queries/cleanup.ts";
import { findDeadLetter, listDeadLetters } from "../queries/dead-letters.ts";
import { listEvents } from "../queries/events.ts";
import { findIssue, listIssues } from "../queries/issues.ts";
import { listJobs } from "../queries/jobs.ts";
import { type HolderOf, listLocks } from "../queries/locks.ts";
import { listNotices } from "../queries/notices.ts";
import { describeOverview } from "../queries/overview.ts";
import { findRun } from "../queries/run-history.ts";
import { listRuns } from "../queries/runs.ts";
import { describeTimeline } from "../queries/timeline.ts";
import type { WebSettings } from "../settings.ts";
import { serveCommands } from "./commands.ts";
import { guardApi } from "./gate.ts";
import {
  actionsQuery,
  cleanupQuery,
  deadLettersQuery,
  eventsQuery,
  issuesQuery,
  noticesQuery,
  runsQuery,
  timelineQuery,
} from "./inputs.ts";
import { openApi } from "./openapi.ts";
import { HttpProblem, readInput, tellProblems } from "./problem.ts";
import { serveStream } from "./stream.ts";

/** What the API needs. */
export interface ApiParts {
  readonly settings: WebSettings;
  readonly database: Database;
  readonly bus: Bus;
  readonly tracker: HolderOf;
}

/** Everything under `/api`: reads, and commands of operators. Failures are `application/problem+json` in words. */
export async function serveApi(app: FastifyInstance, parts: ApiParts): Promise<void> {
  const { settings, database, bus, tracker } = parts;
  await app.register(
    async (api) => {
      tellProblems(api);
      const { operatorOf, mayLookOn } = await guardApi(api, settings, database);
      api.addHook("onRequest", async (_request, reply) => void reply.header("cache-control", "no-store"));
      api.get("/overview", () => database.snapshot(describeOverview));
      api.get("/jobs", () => database.snapshot(listJobs));
      api.get("/chain", () => database.snapshot(describeChain));
      api.get("/runs", async ({ query }) => listRuns(database, readInput(runsQuery, query)));
      api.get("/runs/timeline", async ({ query }) => {
        const { hours } = readInput(timelineQuery, query);
        return database.snapshot((view) => describeTimeline(view, TASK_NAMES, hours));
      });
      api.get<{ Params: { id: string } }>("/runs/:id", async ({ params: { id } }) => {
        return (await database.snapshot((view) => findRun(view, id))) ?? absent(`No run has the id ${id}.`);
      });
      api.get("/issues", async ({ query }) => {
        const filter = readInput(issuesQuery, query);
        return database.snapshot((view) => listIssues(view, filter));
      });
      api.get<{ Params: { fingerprint: string } }>("/issues/:fingerprint", async ({ params: { fingerprint } }) => {
        return (
          (await database.snapshot((view) => findIssue(view, fingerprint))) ??
          absent(`No issue has the fingerprint ${fingerprint}.`)
        );
      });
      api.get("/events", async ({ query }) => {
        const { warnings, ...filter } = readInput(eventsQuery, query);
        return listEvents(database, { ...filter, warnings: warnings === "true" });
      });
      api.get("/notifications", async ({ query }) => {
        const filter = readInput(noticesQuery, query);
        return database.snapshot((view) => listNotices(view, filter));
      });
      api.get("/cleanup", async ({ query }) => {
        const { days } = readInput(cleanupQuery, query);
        return database.snapshot((view) => describeCleanup(view, days));
      });
      api.get("/locks", () => listLocks(database, tracker));
      api.get("/dead-letters", async ({ query }) => {
        const { all, ...filter } = readInput(deadLettersQuery, query);
        return database.snapshot((view) => listDeadLetters(view, { ...filter, all: all === "true" }));
      });
      api.get<{ Params: { id: string } }>("/dead-letters/:id", async ({ params: { id } }) => {
        return (await findDeadLetter(database, id)) ?? absent(`No dead letter has the id ${id}.`);
      });
      api.get("/actions", async ({ query }) => listActions(database, readInput(actionsQuery, query)));
      api.get<{ Params: { commandId: string } }>("/actions/:commandId", async ({ params: { commandId } }) => {
        return (await findAction(database, commandId)) ?? absent(`No command was given here with the id ${commandId}.`);
      });
      api.get("/openapi.json", async () => openApi());
      serveCommands(api, database, bus, operatorOf);
      serveStream(api, database, mayLookOn);
    },
    { prefix: "/api" },
  );
}

function absent(detail: string): never {
  throw new HttpProblem(404, detail);
}
