import { useSyncExternalStore } from "react";

const TICK_MS = 1_000;

/** The present time, anew each second: what was "5 seconds ago" does not stay so. */
export function useNow(): Date {
  return new Date(useSyncExternalStore(eachSecond, () => shownMs));
}

/** The same for everybody who asks within one rendering, whenever a second ends. */
let shownMs = wholeSecondMs();

function eachSecond(changed: () => void): () => void {
  const tick = () => {
    shownMs = wholeSecondMs();
    changed();
  };
  tick();
  const timer = setInterval(tick, TICK_MS);
  return () => clearInterval(timer);
}

function wholeSecondMs(): number {
  return Math.floor(Date.now() / TICK_MS) * TICK_MS;
}
