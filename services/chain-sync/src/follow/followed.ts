import type { ContractKey } from "@vigia/database";
import type { Profile } from "../profile/profile.ts";
import type { ChainReader } from "../rpc/reader.ts";
import type { RangeSize } from "./range-size.ts";

/** One contract that is followed: where it is, what its logs mean, and how the chain is asked. */
export interface Followed extends ContractKey {
  /** No log of the contract lies before it. */
  readonly startBlock: number;
  /** How many blocks behind the head the sync stays. */
  readonly confirmations: number;
  readonly profile: Profile;
  readonly reader: ChainReader;
  /** Learnt from the endpoint, and kept from run to run. */
  readonly ranges: RangeSize;
}

/** How many blocks back a fork is undone; the hashes of so many are remembered. */
export const REORG_WINDOW_BLOCKS = 256;
