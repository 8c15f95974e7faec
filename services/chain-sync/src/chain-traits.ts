import type { ChainSettings } from "./settings.ts";

/** How a chain is, and how it is read. */
export interface ChainTraits {
  /** How many blocks behind the head the sync stays. */
  readonly confirmations: number;
  /** How deep below the head a block is final, where the chain says nothing of it. */
  readonly finalityBlocks: number;
  /** Whether the chain's own word of what is final counts. */
  readonly finalizedTag: boolean;
  readonly logsBloom: boolean;
  readonly headerHash: boolean;
  readonly receiptsRoot: boolean;
  /** The budget of each endpoint; no limit where there is none. */
  readonly requestsPerSecond: number | undefined;
}

/** The settings hold for every chain, but for what is other on this one. */
export function traitsOf(
  settings: ChainSettings,
  other: { readonly [Trait in keyof ChainTraits]?: ChainTraits[Trait] | undefined } = {},
): ChainTraits {
  return {
    confirmations: other.confirmations ?? settings.CHAIN_CONFIRMATIONS,
    finalityBlocks: other.finalityBlocks ?? settings.CHAIN_FINALITY_BLOCKS,
    finalizedTag: other.finalizedTag ?? settings.CHAIN_FINALIZED_TAG,
    logsBloom: other.logsBloom ?? settings.CHAIN_LOGS_BLOOM,
    headerHash: other.headerHash ?? settings.CHAIN_HEADER_HASH,
    receiptsRoot: other.receiptsRoot ?? settings.CHAIN_RECEIPTS_ROOT,
    requestsPerSecond: other.requestsPerSecond ?? settings.RPC_REQUESTS_PER_SECOND,
  };
}

/** What endpoints are called in logs, events and tables: a URL may hold a key. */
export function endpointNames(urls: readonly string[]): string[] {
  const hosts = urls.map((url) => new URL(url).host);
  return hosts.map((host, index) => {
    const before = hosts.slice(0, index).filter((each) => each === host).length;
    return before === 0 ? host : `${host}#${before + 1}`;
  });
}
