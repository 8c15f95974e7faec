const START_BLOCKS = 2_000;
const MOST_BLOCKS = 20_000;
const GROWTH = 1.1;

/** How many blocks to ask for at once: halved when the endpoint objects, and slowly more while it does not. */
export interface RangeSize {
  readonly blocks: number;
  /** The most blocks that the endpoint ever takes, where it has said so. */
  readonly limit: number | undefined;
  grow(): void;
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
  return {
    get blocks() {
      return size;
    },
    get limit() {
      return most;
    },
    grow() {
      size = Math.min(most ?? MOST_BLOCKS, MOST_BLOCKS, Math.ceil(size * GROWTH));
    },
    shrink(asked = size) {
      size = Math.max(1, Math.floor(asked / 2));
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
