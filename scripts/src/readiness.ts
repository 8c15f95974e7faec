import { setTimeout as sleep } from "node:timers/promises";
import type { SupervisedProcess } from "./supervise.ts";

const READY_TIMEOUT_MS = 60_000;
const PROBE_TIMEOUT_MS = 2_000;
const PROBE_EVERY_MS = 100;

/** Waits until every process says that it works. Rejects with those that do not, and what they say is wrong. */
export async function waitUntilReady(processes: readonly SupervisedProcess[], signal: AbortSignal): Promise<void> {
  const deadline = Date.now() + READY_TIMEOUT_MS;
  const answers = await Promise.all(processes.map((one) => problemOf(one, deadline, signal)));
  signal.throwIfAborted();
  const problems = answers.filter((answer) => answer !== undefined);
  if (problems.length > 0) throw new Error(`Not everything became ready:\n${problems.join("\n")}`);
}

async function problemOf(
  { definition, failure }: SupervisedProcess,
  deadline: number,
  signal: AbortSignal,
): Promise<string | undefined> {
  if (definition.url === undefined) return undefined;
  for (;;) {
    const problem = await askReadiness(definition.url);
    if (problem === undefined || signal.aborted) return undefined;
    const end = failure() ?? (Date.now() > deadline ? `${definition.name}: ${problem}` : undefined);
    if (end !== undefined) return `  ${end}`;
    await sleep(PROBE_EVERY_MS);
  }
}

async function askReadiness(url: string): Promise<string | undefined> {
  try {
    const response = await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(PROBE_TIMEOUT_MS) });
    const text = await response.text();
    return response.ok ? undefined : text;
  } catch {
    return "does not answer";
  }
}
