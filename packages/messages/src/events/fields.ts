import { z } from "zod";

export const timestamp = z.iso.datetime().describe("ISO 8601, in UTC");
export const amount = z
  .string()
  .regex(/^\d+$/)
  .describe("A token amount in its smallest unit, as a decimal string: it may need 256 bits");
export const chainId = z.int().positive();
export const blockNumber = z.int().nonnegative();
export const address = z
  .string()
  .regex(/^0x[0-9a-fA-F]{40}$/)
  .describe("An address on the chain, 0x and 40 hexadecimal digits");
/** JSON, of any shape. */
export const json = z.record(z.string(), z.unknown());
/** Whatever PostgreSQL's `uuid` takes: the marketplace's ids are its own, of any version of RFC 9562 or of none. */
export const uuid = z.guid();
