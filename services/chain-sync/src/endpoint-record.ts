import type { EndpointsOptions } from "@vigia/chain";
import { providerChanged } from "@vigia/messages";
import type { ServiceEnvironment } from "@vigia/runtime";
import { Counter } from "prom-client";
import type { ChainSettings } from "./settings.ts";

interface Ports extends Pick<ServiceEnvironment<unknown>, "database" | "log" | "service"> {
  readonly settings: Pick<ChainSettings, "CHAIN_ID">;
  readonly metrics: Pick<ServiceEnvironment<unknown>["metrics"], "registry">;
}

/** Makes visible what endpoints do wrong: counted by kind, logged, and told when one is degraded or well again. */
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
        .transaction({ source: service }, (tx) => tx.emit(event))
        .catch((error: unknown) => log.error({ err: error, endpoint }, "an endpoint's state could not be told"));
    },
  };
}
