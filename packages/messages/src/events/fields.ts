import { z } from "zod";

export const timestamp = z.iso.datetime();
/** A token amount in its smallest unit, as a decimal string: it may need 256 bits. */
export const amount = z.string().regex(/^\d+$/);
export const chainId = z.int().positive();
export const blockNumber = z.int().nonnegative();
export const address = z.string().regex(/^0x[0-9a-fA-F]{40}$/);
/** JSON, of any shape. */
export const json = z.record(z.string(), z.unknown());
