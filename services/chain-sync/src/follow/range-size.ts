const START_BLOCKS = 2_000;
const MOST_BLOCKS = 20_000;
const GROWTH = 1.1;

/** How many blocks to ask for at once: halved when the endpoint objects, and slowly more while it does not. */
export interface RangeSize {
  readonly blocks: number;
  grow(): void;
  /** False: it is one block already. */
  shrink(): boolean;
}

export function createRangeSize(blocks: number = START_BLOCKS): RangeSize {
  let size = blocks;
  return {
    get blocks() {
      return size;
    },
    grow() {
      size = Math.min(MOST_BLOCKS, Math.ceil(size * GROWTH));
    },
    shrink() {
      const before = size;
      size = Math.max(1, Math.floor(size / 2));
      return size < before;
    },
  };
}
