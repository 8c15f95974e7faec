/** An event that this process has in hand. */
export interface Held {
  /** Its place in the stream. */
  readonly sequence: number;
  readonly aggregate: string;
  /** It is handled in a transaction of its own: it failed before, or was in the hands of a process that ended. */
  alone: boolean;
  /** The monotonic instant before which it is not tried again. */
  notBeforeMs: number;
}

/** What a process has in hand, in the order of the stream. */
export interface Hold<Event extends Held> {
  readonly size: number;
  /** One that is there already keeps its place: `again` makes one of the two. */
  add(event: Event, again: (known: Event) => void): void;
  /**
   * What can be handled now, up to `limit`, oldest first: nothing of an aggregate of which something earlier waits for
   * another try. One that is to be alone is given alone.
   */
  next(nowMs: number, limit: number): Event[];
  /** When the next of those that wait can be tried again; infinity where none waits. */
  nextDueMs(nowMs: number): number;
  /** Returns those that were there. */
  remove<Some extends Held>(events: readonly Some[]): Some[];
  /** Everything, oldest first; the hold is empty afterwards. */
  clear(): Event[];
  all(): Iterable<Event>;
}

export function createHold<Event extends Held>(): Hold<Event> {
  const events = new Map<number, Event>();
  /** The sequences, ascending, and whether that has to be seen to. */
  let isSorted = true;
  let newest = 0;

  function inOrder(): Iterable<Event> {
    if (!isSorted) {
      const sorted = [...events].sort(([left], [right]) => left - right);
      events.clear();
      for (const [sequence, event] of sorted) events.set(sequence, event);
      isSorted = true;
    }
    return events.values();
  }

  return {
    get size() {
      return events.size;
    },
    add(event, again) {
      const known = events.get(event.sequence);
      if (known) return again(known);
      if (events.size === 0) newest = 0;
      if (event.sequence < newest) isSorted = false;
      newest = Math.max(newest, event.sequence);
      events.set(event.sequence, event);
    },
    next(nowMs, limit) {
      const ready: Event[] = [];
      const waiting = new Set<string>();
      for (const event of inOrder()) {
        if (waiting.has(event.aggregate)) continue;
        if (event.notBeforeMs > nowMs) waiting.add(event.aggregate);
        else if (!event.alone) ready.push(event);
        else if (ready.length === 0) return [event];
        else break;
        if (ready.length === limit) break;
      }
      return ready;
    },
    nextDueMs(nowMs) {
      let due = Number.POSITIVE_INFINITY;
      for (const { notBeforeMs } of events.values()) if (notBeforeMs > nowMs) due = Math.min(due, notBeforeMs);
      return due;
    },
    remove(gone) {
      const there = gone.filter((event) => (events.get(event.sequence) as Held | undefined) === event);
      for (const { sequence } of there) events.delete(sequence);
      return there;
    },
    clear() {
      const all = [...inOrder()];
      events.clear();
      return all;
    },
    all: () => events.values(),
  };
}
