import { getAddress } from "ethers";

/** The address in lower case; `undefined` where the text is none, or where its mixed-case checksum is wrong. */
export function readAddress(text: string): string | undefined {
  try {
    return getAddress(text).toLowerCase();
  } catch {
    return undefined;
  }
}
