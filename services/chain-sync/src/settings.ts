import { readAddress } from "@vigia/chain";
import { yesOrNo } from "@vigia/runtime";
import { z } from "zod";

const rpcUrl = z.url({ protocol: /^https?$/, error: "must be a URL that starts with http:// or https://" });
const rpcUrls = z
  .string()
  .default("")
  .transform((text) =>
    text
      .split(",")
      .map((url) => url.trim())
      .filter((url) => url !== ""),
  )
  .pipe(z.array(rpcUrl));
/** `137 https://… https://… 10 https://…` */
function namesChains(words: readonly string[]): boolean {
  const isNumber = (word: string | undefined) => /^[1-9]\d*$/.test(word ?? "");
  return words.every(
    (word, index) =>
      (isNumber(word) && words[index + 1] !== undefined && !isNumber(words[index + 1])) ||
      (index > 0 && rpcUrl.safeParse(word).success),
  );
}

const escrowAddress = z.string().transform((text, context) => {
  const address = readAddress(text);
  if (address) return address;
  context.addIssue("must be an address: 0x and 40 hexadecimal digits, with the right checksum where it has one");
  return z.NEVER;
});
const confirmations = z.coerce.number().int().min(0).max(1_000).default(0);

export const settings = z.object({
  CHAIN_ID: z.coerce.number().int().positive().meta({ yaml: "chain.id", description: "The chain's number" }),
  CHAIN_RPC_URL: rpcUrl.meta({ yaml: "rpc.url", description: "Where a node of the chain answers" }),
  RPC_URLS: rpcUrls.meta({
    yaml: "rpc.furtherUrls",
    description:
      "Further endpoints of the same chain, with commas between: asked where the first is away, or not believed",
  }),
  FURTHER_CHAINS: z
    .string()
    .default("")
    .transform((text) => text.split(/[\s,]+/).filter((word) => word !== ""))
    .refine(namesChains, "must name chains: each its number and then its endpoints' URLs, which start with http(s)://")
    .meta({
      yaml: "chain.further",
      description:
        "Further chains, for the contracts in escrow.contracts that are on them: each chain's number, and after it the URLs of its endpoints",
    }),
  RPC_REQUESTS_PER_SECOND: z.coerce.number().int().positive().optional().meta({
    yaml: "rpc.requestsPerSecond",
    description: "The budget of each endpoint; no limit unless told",
  }),
  CHAIN_CONFIRMATIONS: confirmations.meta({
    yaml: "chain.confirmations",
    description: "How many blocks behind the head the sync stays",
  }),
  CHAIN_FINALITY_BLOCKS: z.coerce.number().int().min(1).max(100_000).default(256).meta({
    yaml: "chain.finalityBlocks",
    description:
      "How deep below the head a block is final, where the chain does not say so itself: a fork down to there is undone by itself, a deeper one stops the sync, and a resync repairs it",
  }),
  CHAIN_FINALIZED_TAG: yesOrNo(true).meta({
    yaml: "chain.finalizedTag",
    description:
      "Whether the block that the endpoints call `finalized` is the last final one, where they know of any; false for chains whose word is not to be relied on",
  }),
  CHAIN_LOGS_BLOOM: yesOrNo(true).meta({
    yaml: "chain.logsBloom",
    description:
      "Whether the chain's headers have bloom filters that hold; without, less can be proven while much is read at once",
  }),
  CHAIN_HEADER_HASH: yesOrNo(true).meta({
    yaml: "chain.headerHash",
    description: "Whether a header's fields hash to its hash; false for chains with headers of their own kind",
  }),
  CHAIN_RECEIPTS_ROOT: yesOrNo(true).meta({
    yaml: "chain.receiptsRoot",
    description:
      "Whether receipts hash to the root that their header names; false for chains with receipts of their own kind",
  }),
  ESCROW_CONTRACTS: z.string().optional().meta({
    yaml: "escrow.contracts",
    description: "A YAML file that names several contracts, in the place of the settings of one",
  }),
  ESCROW_ADDRESS: escrowAddress
    .optional()
    .meta({ yaml: "escrow.address", description: "The escrow contract's address; needed without escrow.contracts" }),
  ESCROW_START_BLOCK: z.coerce.number().int().nonnegative().default(0).meta({
    yaml: "escrow.startBlock",
    description: "No log of the contract lies before this block",
  }),
  ESCROW_PROFILE: z.string().default("reference").meta({
    yaml: "escrow.profile",
    description: "A profile that comes with the service, by its name, or the path of a YAML file",
  }),
});

export type ChainSettings = z.infer<typeof settings>;

/** Where each chain is read from, by its number, the first one's first. */
export function urlsByChain({
  CHAIN_ID,
  CHAIN_RPC_URL,
  RPC_URLS,
  FURTHER_CHAINS,
}: Pick<ChainSettings, "CHAIN_ID" | "CHAIN_RPC_URL" | "RPC_URLS" | "FURTHER_CHAINS">): Map<number, string[]> {
  const chains = new Map([[CHAIN_ID, [CHAIN_RPC_URL, ...RPC_URLS]]]);
  let last: string[] = [];
  for (const word of FURTHER_CHAINS) {
    if (URL.canParse(word)) {
      last.push(word);
      continue;
    }
    last = chains.get(Number(word)) ?? [];
    chains.set(Number(word), last);
  }
  return chains;
}
