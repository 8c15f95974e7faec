import { setTimeout as sleep } from "node:timers/promises";
import {
  createChainReader,
  createEndpoints,
  createRpcClient,
  type EndpointsOptions,
  type LearntRange,
  loadProfile,
  type NamedReader,
  type Profile,
  RpcError,
} from "@vigia/chain";
import { ConfigurationError, type Logger } from "@vigia/runtime";
import { endpointNames } from "../chain-traits.ts";
import { type ChainPlan, type ContractPlan, plannedChains } from "../contracts-file.ts";
import type { ChainSettings } from "../settings.ts";
import type { Followed } from "./followed.ts";
import { watchedAtFirst } from "./watched.ts";

const RETRY_MS = 2_000;
/** Where several chains are followed, so long is waited for an answer of one at start. */
const FIRST_ANSWER_MS = 5_000;
/** Tries at one endpoint before the next one is asked, where there is one. */
const TRIES_OF_SEVERAL = 2;

export interface OpenOptions extends Omit<EndpointsOptions, "chainId"> {
  /** What earlier runs learnt, by the endpoint's name. */
  readonly learnt?: ReadonlyMap<string, LearntRange>;
}

/** The options of a chain, and of its endpoints, by their names. */
export type OptionsOfChain = (chainId: number, endpoints: readonly string[]) => OpenOptions | Promise<OpenOptions>;

/**
 * Makes ready to follow the contracts that the settings name, with the options of each chain. Waits for an endpoint of the
 * only chain that is away; of several, each is followed once one of its endpoints answers. Throws `ConfigurationError` where
 * a profile is wrong or endpoints serve another chain.
 */
export async function openFollowed(
  settings: ChainSettings,
  log: Logger,
  optionsOf: OptionsOfChain = () => ({}),
): Promise<Followed[]> {
  const chains = await plannedChains(settings);
  const opened = await Promise.all(chains.map((plan) => prepare(plan, optionsOf)));
  await Promise.all(opened.map((followed) => look(followed, chains.length === 1, log)));
  return opened.flat();
}

async function prepare(plan: ChainPlan, optionsOf: OptionsOfChain): Promise<Followed[]> {
  const { chainId, traits, contracts } = plan;
  const profiles = await loadProfiles(contracts);
  const places = placesOf(contracts, profiles);
  refuseTwice(places.flat());
  const options = await optionsOf(chainId, endpointNames(plan.urls));
  const endpoints = createEndpoints(readersOf(plan, options), { ...options, chainId });
  return contracts.map(({ address: contract, startBlock }, index): Followed => {
    const profile = profiles[index] as Profile;
    return {
      chainId,
      contract,
      startBlock,
      confirmations: traits.confirmations,
      finalityBlocks: traits.finalityBlocks,
      finalizedTag: traits.finalizedTag,
      profile,
      endpoints,
      watched: watchedAtFirst({ contract, profile }),
      elsewhere: new Set(places.toSpliced(index, 1).flat()),
      proofs: { bloom: traits.logsBloom, receiptsRoot: traits.receiptsRoot },
    };
  });
}

/** Says what will be missing. */
async function look(contracts: readonly Followed[], waits: boolean, log: Logger): Promise<void> {
  const [first] = contracts;
  if (!first) return;
  const { chainId } = first;
  const limit = waits ? undefined : AbortSignal.timeout(FIRST_ANSWER_MS);
  try {
    const head = await firstHead(first, log, limit);
    for (const each of contracts) await lookAt(each, head, log, limit);
  } catch (error) {
    if (!limit || !(error instanceof RpcError || limit.aborted)) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    log.warn({ chainId, reason }, "no endpoint of a chain answers yet; it is followed once one does");
  }
}

async function lookAt(
  { contract, profile, endpoints, watched }: Followed,
  head: number,
  log: Logger,
  limit: AbortSignal | undefined,
): Promise<void> {
  for (const address of watched.filter.addresses) {
    const isThere = await endpoints.attempt(({ reader }) => reader.hasCode(address, limit), limit);
    if (!isThere) log.warn({ contract: address, head }, "there is no contract at this address yet");
  }
  if (!profile.state) {
    log.warn({ contract, profile: profile.name }, "the contract's state cannot be read: its events alone are followed");
  }
}

async function loadProfiles(plans: readonly ContractPlan[]): Promise<Profile[]> {
  const outcomes = await Promise.all(plans.map(({ profile, contracts }) => loadProfile(profile, contracts)));
  const mistakes = outcomes.flatMap((outcome, index) =>
    outcome.ok ? [] : outcome.mistakes.map((mistake) => `profile ${plans[index]?.profile}: ${mistake}`),
  );
  if (mistakes.length > 0) throw new ConfigurationError(mistakes);
  return outcomes.flatMap((outcome) => (outcome.ok ? outcome.profile : []));
}

/** The addresses that are known of each contract from the beginning. */
function placesOf(plans: readonly ContractPlan[], profiles: readonly Profile[]): string[][] {
  return plans.map(({ address }, index) => [address, ...(profiles[index]?.places.keys() ?? [])]);
}

/** Each log is on record once: a contract that two profiles speak of would be recorded twice. */
function refuseTwice(addresses: readonly string[]): void {
  const twice = new Set(addresses.filter((address, index) => addresses.indexOf(address) !== index));
  if (twice.size > 0) throw new ConfigurationError([...twice].map((address) => `${address} is followed twice`));
}

function readersOf({ urls, traits }: ChainPlan, { learnt }: OpenOptions): NamedReader[] {
  const names = endpointNames(urls);
  const { requestsPerSecond, headerHash, finalizedTag } = traits;
  return urls.map((url, index) => {
    const name = names[index] ?? url;
    const tries = urls.length > 1 ? { tries: TRIES_OF_SEVERAL } : {};
    const client = createRpcClient({ url, requestsPerSecond, ...tries });
    return { name, reader: createChainReader(client, { headerHash, finalizedTag }), learnt: learnt?.get(name) };
  });
}

/** The head of the chain, once an endpoint answers; with a limit, the first answer or failure. */
async function firstHead(
  { chainId, endpoints }: Followed,
  log: Logger,
  limit: AbortSignal | undefined,
): Promise<number> {
  for (;;) {
    try {
      const survey = await endpoints.survey({ number: 0, hash: null }, limit);
      if (survey.chainId === chainId) return survey.head.number;
      throw new ConfigurationError([
        `the settings name chain ${chainId}, but its endpoint serves chain ${survey.chainId}`,
      ]);
    } catch (error) {
      if (limit || !(error instanceof RpcError)) throw error;
      log.warn({ reason: error.message }, "waiting for the chain's endpoint");
      await sleep(RETRY_MS);
    }
  }
}
