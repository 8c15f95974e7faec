import { keccak256 } from "ethers";

/** A header's fields in the order in which they are hashed; quantities go without leading zeros. */
const FIELDS: readonly (readonly [name: string, isQuantity: boolean])[] = [
  ["parentHash", false],
  ["sha3Uncles", false],
  ["miner", false],
  ["stateRoot", false],
  ["transactionsRoot", false],
  ["receiptsRoot", false],
  ["logsBloom", false],
  ["difficulty", true],
  ["number", true],
  ["gasLimit", true],
  ["gasUsed", true],
  ["timestamp", true],
  ["extraData", false],
  ["mixHash", false],
  ["nonce", false],
];
/** Those that forks of the protocol added, each after those before it: London, Shanghai, Cancun (three), Prague. */
const LATER_FIELDS: readonly (readonly [name: string, isQuantity: boolean])[] = [
  ["baseFeePerGas", true],
  ["withdrawalsRoot", false],
  ["blobGasUsed", true],
  ["excessBlobGas", true],
  ["parentBeaconBlockRoot", false],
  ["requestsHash", false],
];

/**
 * The hash of a block's header, from the fields that a node gives of it; `undefined` where one is missing or is no hex.
 * Written for this one shape, as a header is hashed for each block that is read: a general encoder takes six times as long.
 */
export function headerHashOf(block: Readonly<Record<string, unknown>>): string | undefined {
  const items: string[] = [];
  for (const [name, isQuantity] of FIELDS) {
    const item = itemOf(block[name], isQuantity);
    if (item === undefined) return undefined;
    items.push(item);
  }
  for (const [name, isQuantity] of LATER_FIELDS) {
    const item = itemOf(block[name], isQuantity);
    if (item === undefined) break;
    items.push(item);
  }
  const payload = items.join("");
  return keccak256(Buffer.from(prefix(payload.length / 2, LIST) + payload, "hex"));
}

const STRING = 0x80;
const LIST = 0xc0;
const HEX = /^0x[0-9a-fA-F]*$/;
const SHORT_BYTES = 55;

/** One field in RLP, as hex digits. */
function itemOf(value: unknown, isQuantity: boolean): string | undefined {
  if (typeof value !== "string" || !HEX.test(value)) return undefined;
  const digits = isQuantity ? value.slice(2).replace(/^0+/, "") : value.slice(2);
  const bytes = digits.length % 2 ? `0${digits}` : digits;
  const isItself = bytes.length === 2 && Number.parseInt(bytes, 16) < STRING;
  return isItself ? bytes : prefix(bytes.length / 2, STRING) + bytes;
}

function prefix(length: number, kind: number): string {
  if (length <= SHORT_BYTES) return (kind + length).toString(16);
  const digits = length.toString(16);
  const bytes = digits.length % 2 ? `0${digits}` : digits;
  return (kind + SHORT_BYTES + bytes.length / 2).toString(16) + bytes;
}
