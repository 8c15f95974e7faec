import { z } from "zod";
import { readAddress } from "./rpc/address.ts";

export const settings = z.object({
  CHAIN_ID: z.coerce.number().int().positive(),
  CHAIN_RPC_URL: z.url({ protocol: /^https?$/, error: "must be a URL that starts with http:// or https://" }),
  ESCROW_ADDRESS: z.string().transform((text, context) => {
    const address = readAddress(text);
    if (address) return address;
    context.addIssue("must be an address: 0x and 40 hexadecimal digits, with the right checksum where it has one");
    return z.NEVER;
  }),
  /** No log of the contract lies before this block. */
  ESCROW_START_BLOCK: z.coerce.number().int().nonnegative().default(0),
  /** A profile that comes with the service, by its name, or the path of a YAML file. */
  ESCROW_PROFILE: z.string().default("reference"),
  /** How many blocks behind the head the sync stays. */
  CHAIN_CONFIRMATIONS: z.coerce.number().int().min(0).max(1_000).default(0),
});

export type ChainSettings = z.infer<typeof settings>;
