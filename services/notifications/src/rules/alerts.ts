import type { AlertGroup } from "@vigia/database";
import type { issueChanged, Severity } from "@vigia/messages";
import type { z } from "zod";
import { NOBODY, type Telling } from "../notice.ts";

type IssueEvent = z.infer<typeof issueChanged.schema>;

/** What operators hear of; the rest they find on the page. */
const TOLD: readonly Severity[] = ["critical", "high"];

/** Whether operators may have to hear of it. New evidence of what they know is no news. */
export function concernsOperators({ change, severity }: Pick<IssueEvent, "change" | "severity">): boolean {
  return TOLD.includes(severity) && change !== "updated";
}

/**
 * What operators hear of a group that is due, as Prometheus' Alertmanager decides it: what opened, what else changed,
 * and that nothing is left; of what stays as it was, again and again. Nothing of a group that came and went before
 * anybody was told, nor while somebody sees to all that is left of it.
 */
export function tellOfAlert({ told, repeats, open, quiet, opened, resolved }: AlertGroup): Telling {
  if (opened > 0) return { notices: [{ to: "operators", kind: "issue-opened" }] };
  if (!told) return NOBODY;
  if (open + quiet === 0) return { notices: [{ to: "operators", kind: "issue-resolved" }] };
  if (open > 0 && (resolved > 0 || repeats)) return { notices: [{ to: "operators", kind: "issue-still-open" }] };
  return NOBODY;
}
