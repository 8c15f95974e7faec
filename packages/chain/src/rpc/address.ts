import { getAddress } from "ethers";

/** No account: the chain's own coin where a token is meant, nobody where a party is. */
export const ZERO_ADDRESS = `0x${"0".repeat(40)}`;

/** The address in lower case; `undefined` where the text is none, or where its mixed-case checksum is wrong. */
export function readAddress(text: string): string | undefined {
  try {
    return getAddress(text).toLowerCase();
  } catch {
    return undefined;
  }
}
