import type { Component } from "./component.ts";
import type { Logger } from "./logging.ts";
import { POSTGRES_IS_AWAY, type Servers } from "./servers.ts";

/** All parts together; an orchestrator kills after ten seconds. */
const STOPPING_MS = 7_000;
/** Each part has this much, whatever those before it took. */
const AT_LEAST_MS = 100;
/** A part that takes longer to stop is named, so that the deadline finds no nameless culprit. */
const SLOW_STOP_MS = 2_000;

/**
 * Stops the parts one after the other, none beyond the common deadline. Returns the names of those that were left, unless
 * it is Postgres that they wait for: it undoes what they did not commit, and the message comes again, so nothing is half
 * done and the stop is clean.
 */
export async function stopAll(
  parts: readonly Component[],
  log: Logger,
  servers: Servers | undefined,
): Promise<string[]> {
  const postgresIsAway = servers?.away().then((away) => away.includes(POSTGRES_IS_AWAY));
  const endsAtMs = performance.now() + STOPPING_MS;
  const left: string[] = [];
  for (const part of parts) {
    const stopped = part.stop().catch((error) => log.error({ err: error, part: part.name }, "a part did not stop"));
    const slow = setTimeout(() => log.error({ part: part.name }, "a part takes long to stop"), SLOW_STOP_MS);
    const inTime = await endsWithin(stopped, Math.max(AT_LEAST_MS, endsAtMs - performance.now()));
    clearTimeout(slow);
    if (!inTime) left.push(part.name);
  }
  if (left.length === 0 || !(await postgresIsAway)) return left;
  log.warn({ parts: left }, "left waiting for Postgres, which is away; it undoes what they have not committed");
  return [];
}

async function endsWithin(work: Promise<void>, ms: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), ms);
  });
  const inTime = await Promise.race([work.then(() => true), late]);
  clearTimeout(timer);
  return inTime;
}
