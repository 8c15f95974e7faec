/** Hexadecimal digits of one word of the ABI. */
export const WORD_DIGITS = 64;

/** Reads a value from one word: 64 lower-case digits. */
export type WordReader = (word: string) => string | boolean;

/** For a type that is one word; `undefined` for one that takes more. Integers become decimal strings. */
export function wordReader(type: string): WordReader | undefined {
  if (type === "address") return readAddress;
  if (type === "bool") return (word) => /[^0]/.test(word);
  const integer = /^(u?)int(\d+)$/.exec(type);
  if (integer) {
    const bits = Number(integer[2]);
    return integer[1] === "u"
      ? (word) => BigInt.asUintN(bits, BigInt(`0x${word}`)).toString()
      : (word) => BigInt.asIntN(bits, BigInt(`0x${word}`)).toString();
  }
  const bytes = /^bytes(\d+)$/.exec(type);
  return bytes ? (word) => `0x${word.slice(0, Number(bytes[1]) * 2)}` : undefined;
}

const ADDRESS_PADDING = "0".repeat(24);

function readAddress(word: string): string {
  if (!word.startsWith(ADDRESS_PADDING)) throw new Error("an address is longer than 20 bytes");
  return `0x${word.slice(ADDRESS_PADDING.length)}`;
}
