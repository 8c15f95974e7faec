import type { Queryable } from "@vigia/database";
import type { CommandedTask, ServiceCommandName } from "@vigia/messages";
import type { Finding } from "../finding.ts";

/** An issue is left to people when so many tries within a week were of no use. */
export const MOST_TRIES = 3;

/**
 * What is done about a finding. A command: whoever's it is to change looks again whether it is so, under the row's lock,
 * and changes it in the same transaction. Or events that are told again, which nobody handles twice.
 */
export type Plan =
  | { readonly gives: CommandedTask | ServiceCommandName; readonly data: Readonly<Record<string, unknown>> }
  | { readonly tellsAgain: readonly string[] };

/**
 * How a check's findings can be mended without a person: forward, from final facts alone, and never so that money moves.
 * It is done only where the settings name the check.
 */
export interface Heal {
  /** What is done, in a sentence without its full stop. */
  readonly does: string;
  /** What to do about one finding now; `undefined` where nothing can be done yet. It only reads. */
  readonly plan: (finding: Pick<Finding, "entityId" | "evidence">, sql: Queryable) => Promise<Plan | undefined>;
}
