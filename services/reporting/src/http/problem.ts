import { describeProblems } from "@vigia/messages";
import type { FastifyError, FastifyInstance, FastifyReply } from "fastify";
import type { z } from "zod";
import type { ProblemDetails } from "../answers.ts";

const TITLES: Readonly<Record<number, string>> = {
  400: "The question is malformed",
  401: "Nobody is logged in",
  403: "This is not allowed",
  404: "There is no such thing",
  429: "Too often",
  500: "The answer failed",
  503: "Not now",
};

/** Answers with this status and, in words, why. */
export class HttpProblem extends Error {
  override readonly name = "HttpProblem";
  readonly statusCode: number;

  constructor(statusCode: number, detail: string) {
    super(detail);
    this.statusCode = statusCode;
  }
}

/** Reads a query or a body against its schema; what is wrong is told with the field's name, as status 400. */
export function readInput<Schema extends z.ZodType>(schema: Schema, input: unknown): z.infer<Schema> {
  const parsed = schema.safeParse(input);
  if (!parsed.success) throw new HttpProblem(400, describeProblems(parsed.error));
  return parsed.data;
}

export function sendProblem(reply: FastifyReply, status: number, detail: string): FastifyReply {
  const problem: ProblemDetails = { title: TITLES[status] ?? "The question failed", status, detail };
  return reply.code(status).type("application/problem+json").send(problem);
}

/** Failures in words. What failed inside is for the log alone: it may name hosts or hold data. */
export function tellProblems(app: FastifyInstance): void {
  app.setErrorHandler((error: FastifyError, request, reply) => {
    const status = error.statusCode ?? 500;
    if (status < 500 || error instanceof HttpProblem) return sendProblem(reply, status, error.message);
    request.log.error({ err: error, path: request.url }, "a question could not be answered");
    return sendProblem(reply, 500, "The service could not read what was asked for; its log says why.");
  });
  app.setNotFoundHandler((request, reply) => sendProblem(reply, 404, `Nothing is served at ${request.url}.`));
}
