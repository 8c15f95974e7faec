import { z } from "zod";
import { readAddress } from "./rpc/address.ts";

const httpUrl = z.url({ protocol: /^https?$/, error: "must be a URL that starts with http:// or https://" });

/** `z.coerce.boolean` takes the text "false" for true. */
const flag = z
  .enum(["true", "false"])
  .default("true")
  .transform((text) => text === "true");

export const settings = z.object({
  CHAIN_ID: z.coerce.number().int().positive(),
  CHAIN_RPC_URL: httpUrl,
  /** Further endpoints of the same chain, separated by commas: asked where the first is away, or not believed. */
  RPC_URLS: z
    .string()
    .default("")
    .transform((text) =>
      text
        .split(",")
        .map((url) => url.trim())
        .filter((url) => url !== ""),
    )
    .pipe(z.array(httpUrl)),
  /** The budget of each endpoint; no limit unless told. */
  RPC_REQUESTS_PER_SECOND: z.coerce.number().int().positive().optional(),
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
  /** Whether the chain's headers have bloom filters that hold; without, less can be proven while much is read at once. */
  CHAIN_LOGS_BLOOM: flag,
  /** Whether receipts hash to the root that their header names; false for chains with receipts of their own kind. */
  CHAIN_RECEIPTS_ROOT: flag,
});

export type ChainSettings = z.infer<typeof settings>;
