import { readFileSync } from "node:fs";

/** How NATS and PostgreSQL write down that they refused somebody something. */
const REFUSAL =
  /(publish|subscription) violation|authentication error|permission denied|row-level security|password authentication failed/i;

/** What servers refused, by their logs. A system that keeps to its rights is refused nothing. */
export function readRefusals(logFiles: readonly string[]): string[] {
  return logFiles.flatMap((file) =>
    readFileSync(file, "utf8")
      .split("\n")
      .filter((line) => REFUSAL.test(line)),
  );
}
