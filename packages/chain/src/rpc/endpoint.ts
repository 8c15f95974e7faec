import type { Untruth } from "./error.ts";
import type { RangeSize } from "./range-size.ts";
import type { ChainReader } from "./reader.ts";

/** One of the nodes, or providers, that the chain is read from. */
export interface Endpoint {
  /** Its host: the rest of a URL may hold a key. */
  readonly name: string;
  readonly reader: ChainReader;
  /** Learnt from this endpoint, and kept from run to run. */
  readonly ranges: RangeSize;
  /** Counts an answer that was found untrue and did without. */
  report(untruth: Untruth, message: string): void;
}
