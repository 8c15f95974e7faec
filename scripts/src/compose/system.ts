import type { Psql } from "./database.ts";
import type { Project } from "./project.ts";
import type { ProofReport } from "./proof-report.ts";

/** What the groups of proofs are about: the composition with its embedded chain and database, running. */
export interface ComposedSystem {
  readonly project: Project;
  readonly psql: Psql;
  readonly report: ProofReport;
}

export const SERVICES = ["scheduler", "chain-sync", "cleanup", "consistency", "notifications", "reporting"] as const;
export const SERVERS = ["nats", "redis", "postgres", "chain"] as const;
export const ONE_OFFS = ["access", "migrate", "grant", "deploy-contract"] as const;
