import { isNativeError } from "node:util/types";

/** What was thrown, in one line: some errors of sockets have no message, just a code. */
export function reasonOf(thrown: unknown): string {
  const message = isNativeError(thrown) ? thrown.message || codeOf(thrown) || thrown.name : String(thrown);
  return message.replace(/\s+/g, " ");
}

/** The code of an error of the system or of Postgres; empty where it has none. */
export function codeOf(thrown: unknown): string {
  return isNativeError(thrown) && "code" in thrown ? String(thrown.code) : "";
}

/** Chains of causes are short; the limit is for one that goes in a circle. */
const MOST_CAUSES = 10;

/** Where it was thrown, and what had been thrown before. */
export function stacksOf(thrown: unknown): string {
  const stacks: string[] = [];
  for (let each = thrown; isNativeError(each) && stacks.length < MOST_CAUSES; each = each.cause) {
    stacks.push(each.stack ?? each.message);
  }
  return stacks.join("\ncaused by: ");
}
