import type { z } from "zod";

type Issue = z.core.$ZodIssue;

/** An issue in words: the field, and what is wrong with it. */
export function issueText(issue: Issue): string {
  const { path, message } = closest(issue);
  return `${path.join(".")}: ${message}`;
}

/** Where a value may have several forms, what is wrong by the form that it comes closest to. */
function closest(issue: Issue): Issue {
  if (issue.code !== "invalid_union") return issue;
  const branches = issue.errors.flatMap(([first]) => (first ? [closest(first)] : []));
  const deepest = branches.toSorted((one, other) => depthOf(other) - depthOf(one))[0];
  if (!deepest || depthOf(deepest) === 0) return issue;
  return { ...deepest, path: [...issue.path, ...deepest.path] };
}

/** A field that nobody knows is closer than a value of another shape. */
function depthOf({ path, code }: Issue): number {
  return path.length + (code === "unrecognized_keys" || code === "invalid_value" ? 1 : 0);
}
