import type { Database } from "@vigia/database";
import { CHECKS } from "../checks/index.ts";
import { type Look, lookWith, prepare } from "../evaluate.ts";
import { inhibited } from "../inhibition.ts";

export interface Seen {
  readonly check: string;
  readonly entityId: string;
}

/** What the deep check finds: what it would tell, and what it keeps to itself because it follows from that. */
export async function look(database: Database, followingGraceSeconds: number) {
  const log = { error: (fields: object) => fail(fields) } as never;
  const looks = await database.snapshot(async (view) => {
    await prepare(view);
    const taken: Look[] = [];
    for (const check of CHECKS)
      taken.push(await lookWith(view, check, { now: new Date(), followingGraceSeconds, log }));
    return taken;
  });
  const findings = looks.flatMap((look) => look.findings);
  const explained = inhibited(findings, [], CHECKS);
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
