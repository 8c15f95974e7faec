import { keccak256 } from "ethers";
import { encodeBytes, encodeList, minimalDigits, wholeBytes } from "./rlp.ts";

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

/** The hash of a block's header, from the fields that a node gives of it; `undefined` where one is missing or is no hex. */
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
  return keccak256(Buffer.from(encodeList(items), "hex"));
}

const HEX = /^0x[0-9a-fA-F]*$/;

function itemOf(value: unknown, isQuantity: boolean): string | undefined {
  if (typeof value !== "string" || !HEX.test(value)) return undefined;
  return encodeBytes(isQuantity ? minimalDigits(value) : wholeBytes(value.slice(2)));
}
