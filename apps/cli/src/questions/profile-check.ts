import {
  type ChainReader,
  compareState,
  createChainReader,
  createRpcClient,
  type Explanation,
  explainLogs,
  gatherLogs,
  loadProfile,
  type Profile,
  RpcError,
  type StateComparison,
} from "@vigia/chain";
import { CliError, EXIT } from "../exit.ts";

/** What is gathered is held in memory. */
const MOST_LOGS = 200_000;
/** Escrows whose state is compared with the contract's own. */
const MOST_COMPARED = 100;

export interface ProfileCheck {
  readonly rpc: string;
  /** Lower case. */
  readonly address: string;
  readonly fromBlock: number;
  /** The chain's head unless told. */
  readonly toBlock: number | undefined;
  readonly onProgress: (doneBlock: number, toBlock: number, logs: number) => void;
}

export interface CheckedProfile extends Omit<Explanation, "folded" | "creations"> {
  readonly profile: string;
  readonly contract: string;
  readonly chainId: number;
  readonly fromBlock: number;
  /** The last block that was looked at: less than asked for where there are too many logs. */
  readonly toBlock: number;
  readonly isWhole: boolean;
  /** Further contracts that were announced, by their name in the profile. */
  readonly announced: Readonly<Record<string, number>>;
  /** `undefined` where the profile does not say how the state is read. */
  readonly state: StateComparison | undefined;
}

/** Loads a profile; throws `CliError` with all that is wrong with it. */
export async function readProfile(path: string, contracts: Readonly<Record<string, string>>): Promise<Profile> {
  const outcome = await loadProfile(path, contracts);
  if (outcome.ok) return outcome.profile;
  throw new ProfileMistakes(path, outcome.mistakes);
}

/** A profile that cannot be used, with every mistake in it. */
export class ProfileMistakes extends CliError {
  readonly mistakes: readonly string[];

  constructor(path: string, mistakes: readonly string[]) {
    super(EXIT.configuration, `${path}: ${mistakes.join("; ")}`);
    this.mistakes = mistakes;
  }
}

/** Does with the contract's real logs what the sync would do, and compares what comes of it with the contract's state. */
export async function checkProfile(
  profile: Profile,
  check: ProfileCheck,
  signal: AbortSignal,
): Promise<CheckedProfile> {
  const reader = createChainReader(createRpcClient({ url: check.rpc }));
  try {
    return await lookAt(reader, profile, check, signal);
  } catch (error) {
    if (!(error instanceof RpcError)) throw error;
    const isAway = error.problem === "unreachable" || error.problem === "busy" || error.problem === "behind";
    throw new CliError(isAway ? EXIT.away : EXIT.failed, `the endpoint: ${error.message}`, { cause: error });
  }
}

async function lookAt(
  reader: ChainReader,
  profile: Profile,
  { address: contract, fromBlock, toBlock: asked, onProgress }: ProfileCheck,
  signal: AbortSignal,
): Promise<CheckedProfile> {
  const { chainId, head } = await reader.survey(0, signal);
  const last = Math.min(asked ?? head.number, head.number);
  if (fromBlock > last)
    throw new CliError(EXIT.usage, `--from: block ${fromBlock} is above block ${last}, the last one`);
  if (!(await reader.hasCode(contract, signal))) throw new CliError(EXIT.failed, `there is no contract at ${contract}`);
  const request = { profile, contract, fromBlock, toBlock: last, mostLogs: MOST_LOGS };
  const progress = (doneBlock: number, logs: number) => onProgress(doneBlock, last, logs);
  const { logs, toBlock, kinds } = await gatherLogs(reader, { ...request, onProgress: progress }, signal);
  const { folded, creations, ...explanation } = explainLogs(profile, logs);
  const at = { atBlock: toBlock, most: MOST_COMPARED };
  const announced: Record<string, number> = {};
  for (const [address, kind] of kinds) {
    if (address !== contract && !profile.places.has(address)) announced[kind] = (announced[kind] ?? 0) + 1;
  }
  return {
    profile: profile.name,
    contract,
    chainId,
    fromBlock,
    toBlock,
    isWhole: toBlock === last,
    announced,
    ...explanation,
    state: await compareState(reader, profile, { folded, creations }, at, signal),
  };
}

/** Whether the profile reads all that it was shown, and comes to what the contract says. */
export function isSound({ undecoded, unlinked, uncreated, illegal, state }: CheckedProfile): boolean {
  const found = [undecoded, unlinked, uncreated, illegal].some((findings) => findings.length > 0);
  return !found && (state?.differences.length ?? 0) === 0;
}
