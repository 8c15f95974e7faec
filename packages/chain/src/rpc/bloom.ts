import { keccak256 } from "ethers";

/** Whether a block's bloom filter says that a value may be in its logs. "No" is certain, "yes" is not. */
export type BloomTest = (bloom: string) => boolean;

const BLOOM_DIGITS = 512;
/** The bloom filter of Ethereum: three bits of 2,048 for each value. */
const BITS = 3;
const LAST_BIT = 2_047;

/** Compiles the test for one address or topic. It looks at three digits of the filter's hex, and copies nothing. */
export function compileBloomTest(value: string): BloomTest {
  const digest = Buffer.from(keccak256(value).slice(2), "hex");
  const places = Array.from({ length: BITS }, (_, index) => {
    const bit = digest.readUInt16BE(index * 2) & LAST_BIT;
    return { digit: 2 + BLOOM_DIGITS - 1 - (bit >> 2), mask: 1 << (bit & 3) };
  });
  return (bloom) => places.every(({ digit, mask }) => (nibbleOf(bloom.charCodeAt(digit)) & mask) !== 0);
}

/** Of a lower-case hexadecimal digit. */
function nibbleOf(code: number): number {
  return code <= 57 ? code - 48 : code - 87;
}
