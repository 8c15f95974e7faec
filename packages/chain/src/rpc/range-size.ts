/** So few at first: nothing is known of how many logs the blocks hold. */
const START_BLOCKS = 100;
const MOST_BLOCKS = 10_000;
const GROWTH = 1.1;
/** What a range is meant to hold: some megabytes of JSON. More is slower to build and parse, and takes memory. */
const WANTED_LOGS = 5_000;

/**
 * How many blocks to ask for at once: halved when the endpoint objects, fewer where they hold many logs, and slowly more
 * where neither is so.
 */
export interface RangeSize {
  readonly blocks: number;
  /** The most blocks that the endpoint ever takes, where it has said so. */
  readonly limit: number | undefined;
  /** Fits the size to a range that was read: so many blocks, with so many logs. */
  fit(blocks: number, logs: number): void;
  /** To half of what was asked for, or of its own size; false where that was one block. */
  shrink(asked?: number): boolean;
  /** Remembers the endpoint's limit for good. */
  limitTo(blocks: number): void;
}

export interface LearntRange {
  readonly blocks?: number | undefined;
  readonly limit?: number | undefined;
}

/** @param tell Is told of each limit that is learnt. */
export function createRangeSize(
  { blocks = START_BLOCKS, limit }: LearntRange = {},
  tell: (limit: number) => void = () => undefined,
): RangeSize {
  let most = limit;
  let size = Math.min(blocks, most ?? MOST_BLOCKS);
  /** Half of what the endpoint last objected to: beyond it, its limit is approached slowly. */
  let threshold = Number.POSITIVE_INFINITY;
  return {
    get blocks() {
      return size;
    },
    get limit() {
      return most;
    },
    fit(read, logs) {
      if (logs > WANTED_LOGS) {
        size = Math.max(1, Math.min(size, Math.floor((read * WANTED_LOGS) / logs)));
        return;
      }
      // A range that was cut short says nothing of one of full size.
      if (read < size) return;
      const growth = logs * 2 < WANTED_LOGS && size * 2 <= threshold ? 2 : GROWTH;
      size = Math.min(most ?? MOST_BLOCKS, MOST_BLOCKS, Math.ceil(size * growth));
    },
    shrink(asked = size) {
      size = Math.max(1, Math.floor(asked / 2));
      threshold = size;
      return size < asked;
    },
    limitTo(given) {
      const before = most;
      most = Math.max(1, Math.min(most ?? MOST_BLOCKS, given));
      if (most !== before) tell(most);
      size = Math.min(size, most);
    },
  };
}
