/** A clock that stands still until a test moves it, forwards or backwards. */
export interface MovableClock {
  now(): Date;
  advance(ms: number): void;
  set(instant: Date | string): void;
}

export function createClock(start: Date | string = "2030-01-01T00:00:00Z"): MovableClock {
  let nowMs = new Date(start).getTime();
  return {
    now: () => new Date(nowMs),
    advance: (ms) => {
      nowMs += ms;
    },
    set: (instant) => {
      nowMs = new Date(instant).getTime();
    },
  };
}
