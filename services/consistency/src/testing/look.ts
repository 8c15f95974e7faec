import { randomUUID } from "node:crypto";
import type { Database } from "@vigia/database";
import { plantCanary } from "../canary.ts";
import { CHECKS, RUN_CHECKS } from "../checks/index.ts";
import { evaluate } from "../evaluate.ts";
import { inhibited } from "../inhibition.ts";

export interface Seen {
  readonly check: string;
  readonly entityId: string;
}

/** What the deep check finds: what it would tell, and what it keeps to itself because it follows from that. */
export async function look(database: Database, followingGraceSeconds: number) {
  const signal = new AbortController().signal;
  const log = { error: (fields: object) => fail(fields) } as never;
  const run = randomUUID();
  await plantCanary(database, "consistency.check", run);
  const options = { checks: CHECKS, runChecks: RUN_CHECKS, run, followingGraceSeconds, signal, log };
  const { findings, failed } = await evaluate(database, options);
  if (failed.length > 0) throw new Error(`these checks failed: ${failed}`);
  const explained = inhibited(findings, [], [...CHECKS, ...RUN_CHECKS]);
  const settled = findings.filter((finding) => finding.settled);
  const seen = (isExplained: boolean): Seen[] =>
    settled
      .filter(({ fingerprint }) => explained.has(fingerprint) === isExplained)
      .map(({ check, entityId }) => ({ check: check.code, entityId }));
  return { told: seen(false), explained: seen(true) };
}

function fail(fields: object): never {
  throw new Error("a check failed", { cause: fields });
}
