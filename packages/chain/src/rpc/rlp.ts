/*
 * Recursive-length prefixes, https://ethereum.org/developers/docs/data-structures-and-encoding/rlp/, on hexadecimal
 * digits without `0x`: what a node gives is hex, and is hashed as soon as it is put together. A general encoder, which
 * goes by way of bytes, takes six times as long; a header is hashed for each block that is read, and a receipt for each
 * transaction of many.
 */

const STRING = 0x80;
const LIST = 0xc0;
const SHORT_BYTES = 55;

/** @param digits Of whole bytes. */
export function encodeBytes(digits: string): string {
  const isItself = digits.length === 2 && Number.parseInt(digits, 16) < STRING;
  return isItself ? digits : prefix(digits.length / 2, STRING) + digits;
}

/** @param items Each encoded. */
export function encodeList(items: readonly string[]): string {
  const payload = items.join("");
  return prefix(payload.length / 2, LIST) + payload;
}

/** A quantity's digits as whole bytes, without leading zeros; none for zero. */
export function minimalDigits(quantity: string): string {
  return wholeBytes(quantity.slice(2).replace(/^0+/, ""));
}

export function wholeBytes(digits: string): string {
  return digits.length % 2 ? `0${digits}` : digits;
}

function prefix(length: number, kind: number): string {
  if (length <= SHORT_BYTES) return (kind + length).toString(16);
  const bytes = wholeBytes(length.toString(16));
  return (kind + SHORT_BYTES + bytes.length / 2).toString(16) + bytes;
}
