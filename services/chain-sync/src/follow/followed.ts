import type { Endpoints, Profile } from "@vigia/chain";
import type { ContractKey } from "@vigia/database";
import type { Watched } from "./watched.ts";

/** One contract that is followed: where it is, what its logs mean, and how the chain is asked. */
export interface Followed extends ContractKey {
  /** No log of the contract lies before it. */
  readonly startBlock: number;
  /** How many blocks behind the head the sync stays. */
  readonly confirmations: number;
  /** How deep below the head a block is final, where the chain says nothing of it. */
  readonly finalityBlocks: number;
  /** Whether the chain's own word of what is final counts. */
  readonly finalizedTag: boolean;
  readonly profile: Profile;
  readonly endpoints: Endpoints;
  /** The contracts whose addresses are known from the beginning. */
  readonly watched: Watched;
  readonly proofs: Proofs;
  /** What others follow, which the profile's contracts may announce all the same. Each log is on record once. Lower case. */
  readonly elsewhere: ReadonlySet<string>;
}

/** What of a block's header can be relied on: some chains leave a part out, or fill it in their own way. */
export interface Proofs {
  readonly bloom: boolean;
  readonly receiptsRoot: boolean;
}
