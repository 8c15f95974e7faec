import type { issueChanged, Severity } from "@vigia/messages";
import type { z } from "zod";
import { NOBODY, type Telling } from "../notice.ts";

export type IssueEvent = z.infer<typeof issueChanged.schema>;

/** What operators hear of at once; the rest they find on the page. */
const TOLD_WHEN_OPENED: readonly Severity[] = ["critical", "high"];
const TOLD_WHEN_RESOLVED: readonly Severity[] = ["critical"];

export function tellOfIssue({ change, severity }: IssueEvent): Telling {
  if (change === "opened" && TOLD_WHEN_OPENED.includes(severity))
    return { notices: [{ to: "operators", kind: "issue-opened" }] };
  if (change === "resolved" && TOLD_WHEN_RESOLVED.includes(severity))
    return { notices: [{ to: "operators", kind: "issue-resolved" }] };
  return NOBODY;
}
