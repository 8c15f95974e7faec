import { setTimeout as sleep } from "node:timers/promises";
import { ConfigurationError, type Logger } from "@vigia/runtime";
import { loadProfile } from "../profile/load.ts";
import { createRpcClient } from "../rpc/client.ts";
import { RpcError } from "../rpc/error.ts";
import { type ChainReader, createChainReader, type Survey } from "../rpc/reader.ts";
import type { ChainSettings } from "../settings.ts";
import type { Followed } from "./followed.ts";
import { createRangeSize } from "./range-size.ts";

const RETRY_MS = 2_000;

/**
 * Makes ready to follow the contract that the settings name. Waits for an endpoint that is away; throws
 * `ConfigurationError` where the profile is wrong or the endpoint serves another chain.
 */
export async function openFollowed(settings: ChainSettings, log: Logger): Promise<Followed> {
  const profile = await loadProfile(settings.ESCROW_PROFILE);
  const reader = createChainReader(createRpcClient({ url: settings.CHAIN_RPC_URL }));
  const { chainId, head } = await firstSurvey(reader, log);
  if (chainId !== settings.CHAIN_ID) {
    throw new ConfigurationError([
      `CHAIN_ID is ${settings.CHAIN_ID}, but the endpoint of CHAIN_RPC_URL serves chain ${chainId}`,
    ]);
  }
  const contract = settings.ESCROW_ADDRESS;
  if (!(await reader.hasCode(contract))) {
    log.warn({ contract, head: head.number }, "there is no contract at this address yet");
  }
  return {
    chainId,
    contract,
    startBlock: settings.ESCROW_START_BLOCK,
    confirmations: settings.CHAIN_CONFIRMATIONS,
    profile,
    reader,
    ranges: createRangeSize(),
  };
}

async function firstSurvey(reader: ChainReader, log: Logger): Promise<Survey> {
  for (;;) {
    try {
      return await reader.survey(0);
    } catch (error) {
      if (!(error instanceof RpcError)) throw error;
      log.warn({ reason: error.message }, "waiting for the chain's endpoint");
      await sleep(RETRY_MS);
    }
  }
}
