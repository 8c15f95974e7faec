import { z } from "zod";
import {
  actionsQuery,
  cleanupQuery,
  commandInput,
  deadLettersQuery,
  eventsQuery,
  issuesQuery,
  loginInput,
  noticesQuery,
  runsQuery,
  streamQuery,
  timelineQuery,
} from "./inputs.ts";

interface Operation {
  readonly summary: string;
  readonly query?: z.ZodObject;
  readonly body?: z.ZodObject;
  /** The status of success, where it is not 200. */
  readonly status?: number;
  readonly type?: string;
}

/** What is served below `/api`; a test compares it with the routes. `src/answers.ts` says what each answer holds. */
const OPERATIONS: Readonly<Record<string, Operation>> = {
  "GET /overview": { summary: "Is all well, and what is not" },
  "GET /jobs": { summary: "Every task with its schedule, its last run and when it is due" },
  "GET /chain": {
    summary: "How far each chain is read and from which endpoints, escrows by status, forks, corrections, resyncs",
  },
  "GET /runs": { summary: "Runs, newest first", query: runsQuery },
  "GET /runs/timeline": { summary: "What ran when, and what runs", query: timelineQuery },
  "GET /runs/{id}": {
    summary: "Every attempt for one message: how far it is, what it told, what it did to issues, its dead letters",
  },
  "GET /issues": { summary: "Issues, worst first, and how many match", query: issuesQuery },
  "GET /issues/{fingerprint}": { summary: "One issue, with what became of it and who said so" },
  "GET /events": { summary: "The feed of events, newest first", query: eventsQuery },
  "GET /stream": { summary: "Events as they come", query: streamQuery, type: "text/event-stream" },
  "GET /notifications": {
    summary: "What users were told, on which channel, and what could not be",
    query: noticesQuery,
  },
  "GET /cleanup": { summary: "What was expired and deleted, per day and per run", query: cleanupQuery },
  "GET /locks": { summary: "The lock of every task, and who holds it" },
  "GET /dead-letters": { summary: "Messages that could not be handled, newest first", query: deadLettersQuery },
  "GET /dead-letters/{id}": { summary: "One of them, with its body" },
  "GET /actions": { summary: "Commands that operators gave here, newest first", query: actionsQuery },
  "GET /actions/{commandId}": { summary: "One of them, with its progress and its outcome" },
  "POST /commands": {
    summary:
      "Gives a command, for operators: the message that `vigia` would publish. `data` is as docs/messages.md says",
    body: commandInput,
    status: 202,
  },
  "GET /session": { summary: "Who asks, and whether they may read" },
  "POST /session": { summary: "Logs in: sets the session's cookie", body: loginInput },
  "DELETE /session": { summary: "Logs out" },
  "GET /openapi.json": { summary: "This document" },
};

/** The interface as an OpenAPI 3.1 document. */
export function openApi(): Record<string, unknown> {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const [name, operation] of Object.entries(OPERATIONS)) {
    const [method = "", path = ""] = name.split(" ");
    paths[path] = { ...paths[path], [method.toLowerCase()]: describe(path, operation) };
  }
  return {
    openapi: "3.1.0",
    info: { title: "Vigia", version: "1", description: "What the web page is made of" },
    servers: [{ url: "/api" }],
    paths,
    components: { responses: { Problem: PROBLEM } },
  };
}

const PROBLEM = {
  description: "RFC 9457: what was wrong, in words",
  content: {
    "application/problem+json": {
      schema: {
        type: "object",
        required: ["title", "status", "detail"],
        properties: { title: { type: "string" }, status: { type: "integer" }, detail: { type: "string" } },
      },
    },
  },
};

function describe(path: string, { summary, query, body, status = 200, type = "application/json" }: Operation) {
  const named = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name,
    in: "path",
    required: true,
    schema: { type: "string" },
  }));
  const asked = Object.entries<z.core.$ZodType>(query?.shape ?? {}).map(([name, schema]) => ({
    name,
    in: "query",
    schema: schemaOf(schema),
  }));
  return {
    summary,
    parameters: [...named, ...asked],
    ...(body ? { requestBody: { required: true, content: { "application/json": { schema: schemaOf(body) } } } } : {}),
    responses: {
      [status]: { description: "The answer", content: { [type]: {} } },
      default: { $ref: "#/components/responses/Problem" },
    },
  };
}

/** As it comes over the wire, before numbers are made of text. */
function schemaOf(schema: z.core.$ZodType): Record<string, unknown> {
  const { $schema: _, ...json } = z.toJSONSchema(schema, { io: "input" });
  return json;
}
