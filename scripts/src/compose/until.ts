import { setTimeout as sleep } from "node:timers/promises";

const POLL_EVERY_MS = 1_000;
/** Generous: the proof is about what happens, not how fast, and may share its machine. */
const DEFAULT_LIMIT_MS = 4 * 60_000;

/** Asks again and again until `holds` is satisfied with the answer; then gives it. Throws with the last one. */
export async function until<T>(
  what: string,
  ask: () => Promise<T>,
  holds: (answer: T) => boolean,
  limitMs = DEFAULT_LIMIT_MS,
): Promise<T> {
  const deadline = Date.now() + limitMs;
  for (;;) {
    const answer = await ask();
    if (holds(answer)) return answer;
    if (Date.now() > deadline) {
      throw new Error(`waited ${limitMs / 1000} s in vain for ${what}; last seen: ${JSON.stringify(answer)}`);
    }
    await sleep(POLL_EVERY_MS);
  }
}
