import fastify, { type FastifyInstance } from "fastify";
import type { Redact } from "../redact.ts";
import type { Logger } from "./logging.ts";
import type { Metrics } from "./metrics.ts";

export interface HealthQuestions {
  /** What keeps the service from working: servers away, parts that stopped making progress. Empty: ready. */
  readonly notReady: () => Promise<string[]>;
  /** What only a restart can mend. Empty: healthy. */
  readonly unhealthy: () => Promise<string[]>;
  /** What is worth knowing and keeps nothing from working. */
  readonly notes: () => string[];
}

export interface HttpParts {
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly redact: Redact;
  /** Addresses and ranges; whoever else says for whom it asks is not believed. */
  readonly trustProxy: string[] | undefined;
}

/**
 * `/healthz`: would a restart help. `/readyz`: does the service work right now. `/metrics`: for Prometheus.
 * `/healthz` says 503 where a part stopped making progress, so that an orchestrator restarts the service. A part that
 * waits for Postgres or NATS is not ready, and healthy. Redis is a note: without it, locks and state are in Postgres.
 */
export function createHttp(
  { log, metrics, redact, trustProxy }: HttpParts,
  questions: HealthQuestions,
): FastifyInstance {
  const app = fastify({
    trustProxy: trustProxy ?? false,
    loggerInstance: log.child({ part: "http" }, { level: "warn" }),
    forceCloseConnections: true,
  }) as unknown as FastifyInstance;
  // An error's answer says its message.
  app.addHook("onSend", async (_request, reply, payload) =>
    reply.statusCode >= 400 && typeof payload === "string" ? redact(payload) : payload,
  );
  const unhealthy = async () => {
    const problems = await questions.unhealthy();
    metrics.healthy.set(problems.length ? 0 : 1);
    return problems;
  };
  const notReady = async () => {
    const problems = await questions.notReady();
    metrics.ready.set(problems.length ? 0 : 1);
    return problems;
  };
  app.get("/healthz", async (_request, reply) => {
    const problems = await unhealthy();
    return reply.code(problems.length ? 503 : 200).send({ healthy: problems.length === 0, problems });
  });
  app.get("/readyz", async (_request, reply) => {
    const problems = await notReady();
    const notes = questions.notes();
    return reply.code(problems.length ? 503 : 200).send({ ready: problems.length === 0, problems, notes });
  });
  app.get("/metrics", async (_request, reply) => {
    // A gauge of what was asked long ago, or never, would tell of another day.
    await Promise.all([unhealthy(), notReady()]);
    return reply.header("content-type", metrics.registry.contentType).send(await metrics.registry.metrics());
  });
  return app;
}
