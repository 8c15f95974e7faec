import type { Artifact } from "./artifact.ts";
import referenceEscrow from "./artifacts/ReferenceEscrow.json";
import testToken from "./artifacts/TestToken.json";

export type { AbiEntry, AbiParameter, Artifact } from "./artifact.ts";
export { ESCROW_STATES, type EscrowState } from "./escrow-state.ts";

/** The reference escrow contract. Its constructor takes the arbiter's address. */
export const escrowArtifact: Artifact = referenceEscrow;

/** An ERC-20 token with six decimals that anyone may mint; for demo chains and tests. */
export const tokenArtifact: Artifact = testToken;
