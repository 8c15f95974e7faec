import { readFile } from "node:fs/promises";
import { dirname, isAbsolute, join } from "node:path";
import { readAddress } from "@vigia/chain";
import { ConfigurationError } from "@vigia/runtime";
import { parse } from "yaml";
import { z } from "zod";
import { type ChainTraits, traitsOf } from "./chain-traits.ts";
import { type ChainSettings, urlsByChain } from "./settings.ts";

const address = z.string().transform((text, context) => {
  const read = readAddress(text);
  if (read) return read;
  context.addIssue("must be an address: 0x and 40 hexadecimal digits, with the right checksum where it has one");
  return z.NEVER;
});

const contract = z.strictObject({
  /** The chain's number; that of the settings unless told. */
  chain: z.int().positive().optional(),
  address,
  /** No log of the contract lies before this block. */
  startBlock: z.int().nonnegative().default(0),
  /** The name of a shipped profile, or the path of one, from this file's folder on. */
  profile: z.string().min(1),
  /** Where the profile's further contracts are. */
  contracts: z.record(z.string(), address).default({}),
});

/** What is other on a chain than the settings have it. */
const traits = z.strictObject({
  confirmations: z.int().min(0).max(1_000).optional(),
  finalityBlocks: z.int().min(1).max(100_000).optional(),
  finalizedTag: z.boolean().optional(),
  logsBloom: z.boolean().optional(),
  headerHash: z.boolean().optional(),
  receiptsRoot: z.boolean().optional(),
  requestsPerSecond: z.int().positive().optional(),
});

const contracts = z.array(contract).min(1);
const contractsFile = z.strictObject({ chains: z.record(z.coerce.number(), traits).default({}), contracts });

/** A contract to follow, and how it is. */
export type ContractPlan = Omit<z.infer<typeof contract>, "chain">;

/** A chain, where it is read from, and the contracts that are followed on it. */
export interface ChainPlan {
  readonly chainId: number;
  readonly urls: readonly string[];
  readonly traits: ChainTraits;
  readonly contracts: readonly ContractPlan[];
}

/** What the settings name, alone or in a file. Throws `ConfigurationError` with all that is wrong. */
export async function plannedChains(settings: ChainSettings): Promise<ChainPlan[]> {
  const { ESCROW_CONTRACTS, ESCROW_ADDRESS } = settings;
  if (ESCROW_CONTRACTS === undefined) {
    if (ESCROW_ADDRESS === undefined) {
      throw new ConfigurationError(["ESCROW_ADDRESS or ESCROW_CONTRACTS must name what is to be followed"]);
    }
    return plansOf(settings, { chains: {}, contracts: [theOne(settings, ESCROW_ADDRESS)] });
  }
  if (ESCROW_ADDRESS !== undefined) {
    throw new ConfigurationError(["ESCROW_ADDRESS and ESCROW_CONTRACTS name what is followed: only one of them may"]);
  }
  const content = await readYaml(ESCROW_CONTRACTS);
  const parsed = contractsFile.safeParse(Array.isArray(content) ? { contracts: content } : content);
  if (!parsed.success) {
    throw new ConfigurationError(
      parsed.error.issues.map(({ path, message }) => {
        const place = Array.isArray(content) ? path.slice(1) : path;
        return `${ESCROW_CONTRACTS}: ${place.join(".")}: ${message}`;
      }),
    );
  }
  const folder = dirname(ESCROW_CONTRACTS);
  const placed = parsed.data.contracts.map((plan) => {
    const isPath = /[/.]/.test(plan.profile) && !isAbsolute(plan.profile);
    return { ...plan, profile: isPath ? join(folder, plan.profile) : plan.profile };
  });
  return plansOf(settings, { chains: parsed.data.chains, contracts: placed });
}

function theOne({ ESCROW_START_BLOCK, ESCROW_PROFILE }: ChainSettings, given: string) {
  return { address: given, startBlock: ESCROW_START_BLOCK, profile: ESCROW_PROFILE, contracts: {} };
}

function plansOf(settings: ChainSettings, { chains, contracts: all }: z.infer<typeof contractsFile>): ChainPlan[] {
  const { CHAIN_ID } = settings;
  const urls = urlsByChain(settings);
  const chainOf = ({ chain = CHAIN_ID }: z.infer<typeof contract>) => chain;
  const named = [...new Set([...Object.keys(chains).map(Number), ...all.map(chainOf)])];
  const mistakes = [
    ...named.filter((id) => !urls.has(id)).map((id) => `FURTHER_CHAINS names no endpoint of chain ${id}`),
    ...[...urls.keys()]
      .filter((id) => !all.some((plan) => chainOf(plan) === id))
      .map((id) => `no contract of chain ${id} is named, and its endpoints are`),
  ];
  if (mistakes.length > 0) throw new ConfigurationError(mistakes);
  return [...urls].map(([chainId, each]) => ({
    chainId,
    urls: [...new Set(each)],
    traits: traitsOf(settings, chains[chainId]),
    contracts: all.filter((plan) => chainOf(plan) === chainId).map(({ chain: _, ...plan }) => plan),
  }));
}

async function readYaml(path: string): Promise<unknown> {
  try {
    return parse(await readFile(path, "utf8"));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ConfigurationError([`ESCROW_CONTRACTS: ${path} cannot be read: ${reason}`]);
  }
}
