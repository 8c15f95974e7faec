import { eventually } from "@vigia/testkit";
import type { System } from "./system.ts";

const START_LIMIT_MS = 120_000;

/** Waits until every process has said that it started. */
export async function untilReady({ processes }: System): Promise<void> {
  await eventually(
    () => {
      const missing = processes.filter((process) => !process.isReady()).map(({ name }) => name);
      if (missing.length > 0) throw new Error(`${missing.join(", ")} did not start`);
    },
    { timeoutMs: START_LIMIT_MS },
  );
}
