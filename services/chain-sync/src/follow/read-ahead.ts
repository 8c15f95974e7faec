import type { Followed } from "./followed.ts";
import { type BlockRange, type RangeRequest, readRange } from "./read-range.ts";

/**
 * Reads range after range up to `lastBlock`, one ahead of whoever takes them: while one is written, the next is fetched
 * and proven. So two are in memory at the most. What has been read is handed out before a failure is thrown; what is under
 * way is given up where no more is taken.
 */
export async function* readAhead(
  followed: Followed,
  first: RangeRequest,
  signal: AbortSignal,
): AsyncGenerator<BlockRange, void, undefined> {
  const over = new AbortController();
  const either = AbortSignal.any([signal, over.signal]);
  const begin = (request: RangeRequest): Promise<BlockRange> => {
    const reading = readRange(followed, request, either);
    // It may fail while the range before it is still being written: it is thrown when its turn has come.
    reading.catch(() => undefined);
    return reading;
  };
  let next = first.fromBlock <= first.lastBlock ? begin(first) : undefined;
  try {
    while (next) {
      const range: BlockRange = await next;
      next = range.toBlock < first.lastBlock ? begin(requestAfter(first, range)) : undefined;
      yield range;
    }
  } finally {
    over.abort();
    await next?.catch(() => undefined);
  }
}

function requestAfter(first: RangeRequest, { toBlock, headers, watched }: BlockRange): RangeRequest {
  return { ...first, fromBlock: toBlock + 1, watched, parentHash: headers.at(-1)?.hash ?? null };
}
