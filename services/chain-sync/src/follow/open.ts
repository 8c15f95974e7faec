import { setTimeout as sleep } from "node:timers/promises";
import {
  createChainReader,
  createEndpoints,
  createRpcClient,
  type Endpoints,
  type EndpointsOptions,
  type EndpointsSurvey,
  type LearntRange,
  loadProfile,
  type NamedReader,
  type Profile,
  RpcError,
} from "@vigia/chain";
import { ConfigurationError, type Logger } from "@vigia/runtime";
import { type ContractPlan, plannedContracts } from "../contracts-file.ts";
import type { ChainSettings } from "../settings.ts";
import type { Followed } from "./followed.ts";
import { watchedAtFirst } from "./watched.ts";

const RETRY_MS = 2_000;
/** Tries at one endpoint before the next one is asked, where there is one. */
const TRIES_OF_SEVERAL = 2;

export interface OpenOptions extends Omit<EndpointsOptions, "chainId"> {
  /** What earlier runs learnt, by the endpoint's name. */
  readonly learnt?: ReadonlyMap<string, LearntRange>;
}

/**
 * Makes ready to follow the contracts that the settings name. Waits for an endpoint that is away; throws
 * `ConfigurationError` where a profile is wrong or the endpoints serve another chain.
 */
export async function openFollowed(
  settings: ChainSettings,
  log: Logger,
  options: OpenOptions = {},
): Promise<Followed[]> {
  const plans = await plannedContracts(settings);
  const profiles = await loadProfiles(plans);
  const places = placesOf(plans, profiles);
  refuseTwice(places.flat());
  const endpoints = createEndpoints(readersOf(settings, options), { ...options, chainId: settings.CHAIN_ID });
  const { chainId, head } = await firstSurvey(endpoints, log);
  if (chainId !== settings.CHAIN_ID) {
    throw new ConfigurationError([
      `CHAIN_ID is ${settings.CHAIN_ID}, but the endpoint of CHAIN_RPC_URL serves chain ${chainId}`,
    ]);
  }
  const followed = plans.map(({ address: contract, startBlock }, index): Followed => {
    const profile = profiles[index] as Profile;
    return {
      chainId,
      contract,
      startBlock,
      confirmations: settings.CHAIN_CONFIRMATIONS,
      finalityBlocks: settings.CHAIN_FINALITY_BLOCKS,
      finalizedTag: settings.CHAIN_FINALIZED_TAG,
      profile,
      endpoints,
      watched: watchedAtFirst({ contract, profile }),
      elsewhere: new Set(places.toSpliced(index, 1).flat()),
      proofs: { bloom: settings.CHAIN_LOGS_BLOOM, receiptsRoot: settings.CHAIN_RECEIPTS_ROOT },
    };
  });
  for (const each of followed) await look(each, head.number, log);
  return followed;
}

/** Says what will be missing. */
async function look({ contract, profile, endpoints, watched }: Followed, head: number, log: Logger): Promise<void> {
  for (const address of watched.filter.addresses) {
    const isThere = await endpoints.attempt(({ reader }) => reader.hasCode(address));
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

/** What the endpoints are called in logs, events and tables: a URL may hold a key. */
export function endpointNames(settings: Pick<ChainSettings, "CHAIN_RPC_URL" | "RPC_URLS">): string[] {
  const hosts = urlsOf(settings).map((url) => new URL(url).host);
  return hosts.map((host, index) => {
    const before = hosts.slice(0, index).filter((each) => each === host).length;
    return before === 0 ? host : `${host}#${before + 1}`;
  });
}

function urlsOf({ CHAIN_RPC_URL, RPC_URLS }: Pick<ChainSettings, "CHAIN_RPC_URL" | "RPC_URLS">): string[] {
  return [...new Set([CHAIN_RPC_URL, ...RPC_URLS])];
}

function readersOf(settings: ChainSettings, { learnt }: OpenOptions): NamedReader[] {
  const urls = urlsOf(settings);
  const names = endpointNames(settings);
  const { RPC_REQUESTS_PER_SECOND: requestsPerSecond } = settings;
  return urls.map((url, index) => {
    const name = names[index] ?? url;
    const tries = urls.length > 1 ? { tries: TRIES_OF_SEVERAL } : {};
    const client = createRpcClient({ url, requestsPerSecond, ...tries });
    return {
      name,
      reader: createChainReader(client, {
        headerHash: settings.CHAIN_HEADER_HASH,
        finalizedTag: settings.CHAIN_FINALIZED_TAG,
      }),
      learnt: learnt?.get(name),
    };
  });
}

async function firstSurvey(endpoints: Endpoints, log: Logger): Promise<EndpointsSurvey> {
  for (;;) {
    try {
      return await endpoints.survey({ number: 0, hash: null });
    } catch (error) {
      if (!(error instanceof RpcError)) throw error;
      log.warn({ reason: error.message }, "waiting for the chain's endpoint");
      await sleep(RETRY_MS);
    }
  }
}
