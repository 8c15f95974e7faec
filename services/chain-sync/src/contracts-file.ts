import { readFile } from "node:fs/promises";
import { dirname, isAbsolute, join } from "node:path";
import { readAddress } from "@vigia/chain";
import { ConfigurationError } from "@vigia/runtime";
import { parse } from "yaml";
import { z } from "zod";
import type { ChainSettings } from "./settings.ts";

const address = z.string().transform((text, context) => {
  const read = readAddress(text);
  if (read) return read;
  context.addIssue("must be an address: 0x and 40 hexadecimal digits, with the right checksum where it has one");
  return z.NEVER;
});

const contractsFile = z
  .array(
    z.strictObject({
      address,
      /** No log of the contract lies before this block. */
      startBlock: z.int().nonnegative().default(0),
      /** The name of a shipped profile, or the path of one, from this file's folder on. */
      profile: z.string().min(1),
      /** Where the profile's further contracts are. */
      contracts: z.record(z.string(), address).default({}),
    }),
  )
  .min(1);

/** A contract to follow, and how it is. */
export type ContractPlan = z.infer<typeof contractsFile>[number];

/** The contracts that the settings name, alone or in a file. Throws `ConfigurationError` with all that is wrong. */
export async function plannedContracts(settings: ChainSettings): Promise<ContractPlan[]> {
  const { ESCROW_CONTRACTS, ESCROW_ADDRESS, ESCROW_START_BLOCK, ESCROW_PROFILE } = settings;
  if (ESCROW_CONTRACTS === undefined) {
    if (ESCROW_ADDRESS === undefined) {
      throw new ConfigurationError(["ESCROW_ADDRESS or ESCROW_CONTRACTS must name what is to be followed"]);
    }
    return [{ address: ESCROW_ADDRESS, startBlock: ESCROW_START_BLOCK, profile: ESCROW_PROFILE, contracts: {} }];
  }
  if (ESCROW_ADDRESS !== undefined) {
    throw new ConfigurationError(["ESCROW_ADDRESS and ESCROW_CONTRACTS name what is followed: only one of them may"]);
  }
  const parsed = contractsFile.safeParse(await readYaml(ESCROW_CONTRACTS));
  if (!parsed.success) {
    const { issues } = parsed.error;
    throw new ConfigurationError(
      issues.map(({ path, message }) => `${ESCROW_CONTRACTS}: ${path.join(".")}: ${message}`),
    );
  }
  const folder = dirname(ESCROW_CONTRACTS);
  return parsed.data.map((plan) => {
    const isPath = /[/.]/.test(plan.profile) && !isAbsolute(plan.profile);
    return { ...plan, profile: isPath ? join(folder, plan.profile) : plan.profile };
  });
}

async function readYaml(path: string): Promise<unknown> {
  try {
    return parse(await readFile(path, "utf8"));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ConfigurationError([`ESCROW_CONTRACTS: ${path} cannot be read: ${reason}`]);
  }
}
