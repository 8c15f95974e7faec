import { setTimeout as sleep } from "node:timers/promises";
import {
  createChainReader,
  createContractFilter,
  createEndpoints,
  createRpcClient,
  type Endpoints,
  type EndpointsOptions,
  type LearntRange,
  loadProfile,
  type NamedReader,
  type Profile,
  RpcError,
  type Survey,
} from "@vigia/chain";
import { ConfigurationError, type Logger } from "@vigia/runtime";
import type { ChainSettings } from "../settings.ts";
import type { Followed } from "./followed.ts";

const RETRY_MS = 2_000;
/** Tries at one endpoint before the next one is asked, where there is one. */
const TRIES_OF_SEVERAL = 2;

export interface OpenOptions extends Omit<EndpointsOptions, "chainId"> {
  /** What earlier runs learnt, by the endpoint's name. */
  readonly learnt?: ReadonlyMap<string, LearntRange>;
}

/**
 * Makes ready to follow the contract that the settings name. Waits for an endpoint that is away; throws
 * `ConfigurationError` where the profile is wrong or the endpoints serve another chain.
 */
export async function openFollowed(settings: ChainSettings, log: Logger, options: OpenOptions = {}): Promise<Followed> {
  const profile = await profileOf(settings);
  const endpoints = createEndpoints(readersOf(settings, options), { ...options, chainId: settings.CHAIN_ID });
  const { chainId, head } = await firstSurvey(endpoints, log);
  if (chainId !== settings.CHAIN_ID) {
    throw new ConfigurationError([
      `CHAIN_ID is ${settings.CHAIN_ID}, but the endpoint of CHAIN_RPC_URL serves chain ${chainId}`,
    ]);
  }
  const contract = settings.ESCROW_ADDRESS;
  if (!(await endpoints.attempt(({ reader }) => reader.hasCode(contract)))) {
    log.warn({ contract, head: head.number }, "there is no contract at this address yet");
  }
  return {
    chainId,
    contract,
    startBlock: settings.ESCROW_START_BLOCK,
    confirmations: settings.CHAIN_CONFIRMATIONS,
    profile,
    endpoints,
    filter: createContractFilter(contract, profile.topics),
    proofs: { bloom: settings.CHAIN_LOGS_BLOOM, receiptsRoot: settings.CHAIN_RECEIPTS_ROOT },
  };
}

async function profileOf({ ESCROW_PROFILE }: ChainSettings): Promise<Profile> {
  const outcome = await loadProfile(ESCROW_PROFILE);
  if (outcome.ok) return outcome.profile;
  throw new ConfigurationError(outcome.mistakes.map((mistake) => `ESCROW_PROFILE (${ESCROW_PROFILE}): ${mistake}`));
}

function readersOf(settings: ChainSettings, { learnt }: OpenOptions): NamedReader[] {
  const urls = [...new Set([settings.CHAIN_RPC_URL, ...settings.RPC_URLS])];
  const { RPC_REQUESTS_PER_SECOND: requestsPerSecond } = settings;
  const hosts = urls.map((url) => new URL(url).host);
  return urls.map((url, index) => {
    const host = hosts[index] ?? url;
    const before = hosts.slice(0, index).filter((each) => each === host).length;
    const name = before === 0 ? host : `${host}#${before + 1}`;
    const tries = urls.length > 1 ? { tries: TRIES_OF_SEVERAL } : {};
    const client = createRpcClient({ url, requestsPerSecond, ...tries });
    return { name, reader: createChainReader(client), learnt: learnt?.get(name) };
  });
}

async function firstSurvey(endpoints: Endpoints, log: Logger): Promise<Survey> {
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
