import { type Finding, partsOfEscrow } from "../finding.ts";
import type { Heal } from "./heal.ts";

type Place = Pick<Finding, "entityId" | "evidence">;

/** Of a chain, or of one contract on it; to the newest block where no last one is named. */
export interface BlocksToRead {
  readonly chainId: number;
  readonly contract?: string | undefined;
  readonly fromBlock: number;
  readonly toBlock?: number;
}

/** Reads blocks again: what the record tells of them is then what the chain proves. `which` says them in words. */
export function readAgain(which: string, blocksOf: (finding: Place) => BlocksToRead | undefined): Heal {
  return {
    does: `chain-sync reads ${which} again and rebuilds what follows from it (\`chain-sync.resync\`)`,
    plan: async (finding) => {
      const data = blocksOf(finding);
      return data && { gives: "chain-sync.resync", data: { ...data } };
    },
  };
}

/** The block that a log is named by; of its contract alone, where the finding says of which it is. */
export const blockOfLog = readAgain("the log's block", (finding) => {
  const from = fromLog(finding);
  return from && { ...from, toBlock: from.fromBlock };
});

/** From that block on. */
export function fromLog({ entityId, evidence }: Place): BlocksToRead | undefined {
  const [chainId, fromBlock] = entityId.split(":").map(Number);
  if (!isBlock(chainId) || !isBlock(fromBlock)) return undefined;
  const contract = evidence.contract ?? partsOfEscrow(evidence.escrow)?.contract;
  return typeof contract === "string" ? { chainId, contract, fromBlock } : { chainId, fromBlock };
}

/** From the block that a finding on an escrow, or on a contract, names in its evidence. */
export function fromBlockOf({ entityId }: Place, block: unknown): BlocksToRead | undefined {
  const [chain, contract] = entityId.split(":");
  return isBlock(block) ? { chainId: Number(chain), contract, fromBlock: block } : undefined;
}

function isBlock(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}
