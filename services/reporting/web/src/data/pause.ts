import { useSyncExternalStore } from "react";

/** Whether all that is shown stands still, by the wish of whoever looks at it. */
let paused = false;
const listeners = new Set<() => void>();

export function isPaused(): boolean {
  return paused;
}

export function usePaused(): boolean {
  return useSyncExternalStore(onPause, isPaused);
}

export function setPaused(now: boolean): void {
  paused = now;
  for (const changed of listeners) changed();
}

/** Calls back at each change; returns how to stop that. */
export function onPause(changed: () => void): () => void {
  listeners.add(changed);
  return () => void listeners.delete(changed);
}
