import type { Profile } from "../profile/profile.ts";
import type { ContractEscrow } from "../profile/state.ts";
import type { ChainReader } from "../rpc/reader.ts";
import type { Explanation } from "./explain.ts";

export interface Difference {
  readonly escrowId: string;
  readonly told: { readonly status: string; readonly balance: string };
  /** `undefined` where the contract's answer has no meaning in the profile; `reason` says why. */
  readonly read: { readonly status: string; readonly balance: string | undefined } | undefined;
  readonly reason?: string;
}

export interface StateComparison {
  readonly compared: number;
  /** What the events told, where the contract itself says otherwise. */
  readonly differences: readonly Difference[];
}

/**
 * Compares what the events told of some escrows with the contract's own state at a block. A difference is a change that
 * no event told, or a mistake of the profile. `undefined` where the profile does not say how the state is read.
 */
export async function compareState(
  reader: Pick<ChainReader, "headers" | "state">,
  { state: reading }: Profile,
  { folded, creations }: Pick<Explanation, "folded" | "creations">,
  { atBlock, most }: { readonly atBlock: number; readonly most: number },
  signal: AbortSignal,
): Promise<StateComparison | undefined> {
  if (!reading) return undefined;
  const [header] = await reader.headers([atBlock], signal);
  if (!header) return undefined;
  // The newest are those that are most likely alive.
  const chosen = folded.slice(-most);
  const asked = chosen.map(({ facts: { escrowId } }) => {
    const creation = creations.get(escrowId);
    return creation ? reading.ask({ escrowId, creation }) : [];
  });
  const answers = await reader.state(asked.flat(), header, signal);
  const differences = chosen.flatMap(({ facts: { escrowId, status, balance } }, index): Difference[] => {
    const told = { status, balance };
    let read: ContractEscrow;
    try {
      read = reading.read(answers.splice(0, asked[index]?.length));
    } catch (error) {
      return [{ escrowId, told, read: undefined, reason: error instanceof Error ? error.message : String(error) }];
    }
    const isSame = (read.status === "as_told" || read.status === status) && (read.balance ?? balance) === balance;
    return isSame ? [] : [{ escrowId, told, read }];
  });
  return { compared: chosen.length, differences };
}
