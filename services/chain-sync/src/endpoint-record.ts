import type { EndpointsOptions, LearntRange, ProblemKind } from "@vigia/chain";
import { endpointLimits, noteLimit, noteState, noteUntruth } from "@vigia/database";
import { providerChanged } from "@vigia/messages";
import type { ServiceEnvironment } from "@vigia/runtime";
import { Counter } from "prom-client";
import type { ChainSettings } from "./settings.ts";

/** What an endpoint says of the chain that its headers, or the other endpoints, contradict. */
const NOTED: ReadonlySet<ProblemKind> = new Set<ProblemKind>([
  "other_chain",
  "other_state",
  "other_block",
  "other_block_hash",
  "fork_unconfirmed",
  "finalized_ahead",
  "other_finalized",
  "finalized_replaced",
  "bloom",
  "header_hash",
  "missing_log",
  "invented_log",
  "foreign_log",
  "removed_log",
  "outside_range",
  "receipts",
]);

interface Ports extends Pick<ServiceEnvironment<unknown>, "database" | "log" | "service"> {
  readonly settings: Pick<ChainSettings, "CHAIN_ID">;
  readonly metrics: Pick<ServiceEnvironment<unknown>["metrics"], "registry">;
}

/** What was learnt of the endpoints before, by their names. */
export async function learntRanges({
  settings,
  database,
}: Pick<Ports, "settings" | "database">): Promise<Map<string, LearntRange>> {
  const limits = await endpointLimits(database, settings.CHAIN_ID);
  return new Map([...limits].map(([endpoint, limit]) => [endpoint, { limit }]));
}

/**
 * Makes visible what endpoints do wrong: counted by kind, logged, noted where it contradicts the chain, and told when one
 * is degraded or well again. Keeps what is learnt of their limits.
 */
export function recordEndpoints({
  settings,
  database,
  metrics,
  log,
  service,
}: Ports): Omit<EndpointsOptions, "chainId"> {
  const problems = new Counter({
    name: "vigia_chain_endpoint_problems_total",
    help: "Answers of RPC endpoints that were untrue, and failures, by kind",
    labelNames: ["endpoint", "kind"],
    registers: [metrics.registry],
  });
  return {
    onProblem(endpoint, kind, message) {
      problems.inc({ endpoint, kind });
      log.warn({ endpoint, kind, reason: message }, "an endpoint's answer could not be used");
      if (!NOTED.has(kind)) return;
      noteUntruth(database, { chainId: settings.CHAIN_ID, endpoint, kind, message }).catch((error: unknown) =>
        log.error({ err: error, endpoint }, "an endpoint's untruth could not be noted"),
      );
    },
    onLimit(endpoint, blockLimit) {
      noteLimit(database, { chainId: settings.CHAIN_ID, endpoint, blockLimit }).catch((error: unknown) =>
        log.error({ err: error, endpoint }, "an endpoint's limit could not be kept"),
      );
    },
    onHealth(endpoint, status, reason) {
      const event = providerChanged({
        status,
        chainId: settings.CHAIN_ID,
        endpoint,
        reason,
        at: new Date().toISOString(),
      });
      database
        .transaction({ source: service }, async (tx) => {
          const state = status === "degraded" ? status : "well";
          await noteState(tx, { chainId: settings.CHAIN_ID, endpoint, status: state, reason });
          await tx.emit(event);
        })
        .catch((error: unknown) => log.error({ err: error, endpoint }, "an endpoint's state could not be told"));
    },
  };
}
