import type { EndpointsOptions, LearntRange, ProblemKind } from "@vigia/chain";
import { endpointLimits, noteLimit, noteState, noteUntruth } from "@vigia/database";
import { providerChanged } from "@vigia/messages";
import type { ServiceEnvironment } from "@vigia/runtime";
import { Counter } from "prom-client";

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

export interface RecordPorts extends Pick<ServiceEnvironment<unknown>, "database" | "log" | "service"> {
  readonly metrics: Pick<ServiceEnvironment<unknown>["metrics"], "registry">;
}

/** What was learnt of a chain's endpoints before, by their names. */
export async function learntRanges(
  database: RecordPorts["database"],
  chainId: number,
): Promise<Map<string, LearntRange>> {
  const limits = await endpointLimits(database, chainId);
  return new Map([...limits].map(([endpoint, limit]) => [endpoint, { limit }]));
}

/**
 * Makes visible what endpoints do wrong: counted by kind, logged, noted where it contradicts the chain, and told when one
 * is degraded or well again. Keeps what is learnt of their limits. Gives a record for each chain.
 */
export function recordEndpoints(ports: RecordPorts): (chainId: number) => Omit<EndpointsOptions, "chainId"> {
  const problems = new Counter({
    name: "vigia_chain_endpoint_problems_total",
    help: "Answers of RPC endpoints that were untrue, and failures, by kind",
    labelNames: ["chain_id", "endpoint", "kind"],
    registers: [ports.metrics.registry],
  });
  return (chainId) => recordOfChain(ports, problems, chainId);
}

type Problems = Counter<"chain_id" | "endpoint" | "kind">;

function recordOfChain({ database, log, service }: RecordPorts, problems: Problems, chainId: number) {
  return {
    onProblem(endpoint: string, kind: ProblemKind, message: string) {
      problems.inc({ chain_id: chainId, endpoint, kind });
      log.warn({ chainId, endpoint, kind, reason: message }, "an endpoint's answer could not be used");
      if (!NOTED.has(kind)) return;
      noteUntruth(database, { chainId, endpoint, kind, message }).catch((error: unknown) =>
        log.error({ err: error, endpoint }, "an endpoint's untruth could not be noted"),
      );
    },
    onLimit(endpoint: string, blockLimit: number) {
      noteLimit(database, { chainId, endpoint, blockLimit }).catch((error: unknown) =>
        log.error({ err: error, endpoint }, "an endpoint's limit could not be kept"),
      );
    },
    onHealth(endpoint: string, status: "degraded" | "recovered", reason: string) {
      const event = providerChanged({
        status,
        chainId,
        endpoint,
        reason,
        at: new Date().toISOString(),
      });
      database
        .transaction({ source: service }, async (tx) => {
          const state = status === "degraded" ? status : "well";
          await noteState(tx, { chainId, endpoint, status: state, reason });
          await tx.emit(event);
        })
        .catch((error: unknown) => log.error({ err: error, endpoint }, "an endpoint's state could not be told"));
    },
  };
}
