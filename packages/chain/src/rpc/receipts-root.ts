import { keccak256 } from "ethers";
import type { Receipt } from "./receipt.ts";
import { encodeBytes, encodeList, minimalDigits, wholeBytes } from "./rlp.ts";

/** Nodes of less than this many bytes stand in their parent as they are; others by their hash. */
const EMBEDDED_BELOW_BYTES = 32;
const NOTHING = encodeBytes("");

interface Leaf {
  /** Hexadecimal digits of the key that are left to go. */
  readonly path: string;
  /** Digits of whole bytes, as those of every node. */
  readonly value: string;
}

/**
 * The root of the Merkle Patricia trie over a block's receipts: what its header names as `receiptsRoot`. Receipts whose
 * root is the header's are all the block has, unchanged.
 */
export function receiptsRootOf(receipts: readonly Receipt[]): string {
  const leaves = receipts.map((receipt, index) => ({
    path: encodeBytes(index === 0 ? "" : wholeBytes(index.toString(16))),
    value: encodeReceipt(receipt),
  }));
  return `0x${hashOf(nodeOf(leaves))}`;
}

function encodeReceipt({ type, outcome, cumulativeGasUsed, logsBloom, logs }: Receipt): string {
  const body = encodeList([
    encodeHex(outcome),
    encodeBytes(minimalDigits(cumulativeGasUsed)),
    encodeHex(logsBloom),
    encodeList(
      logs.map(({ address, topics, data }) =>
        encodeList([encodeHex(address), encodeList(topics.map(encodeHex)), encodeHex(data)]),
      ),
    ),
  ]);
  return type === 0 ? body : wholeBytes(type.toString(16)) + body;
}

function encodeHex(hex: string): string {
  return encodeBytes(hex.slice(2));
}

function nodeOf(leaves: readonly Leaf[]): string {
  const [first] = leaves;
  if (!first) return NOTHING;
  if (leaves.length === 1) return encodeList([compact(first.path, true), encodeBytes(first.value)]);
  const shared = sharedLength(leaves.map(({ path }) => path));
  if (shared > 0) {
    const rest = leaves.map(({ path, value }) => ({ path: path.slice(shared), value }));
    return encodeList([compact(first.path.slice(0, shared), false), referenceTo(nodeOf(rest))]);
  }
  const children = Array.from({ length: 16 }, (_, digit) => {
    const below = leaves.filter(({ path }) => Number.parseInt(path[0] ?? "", 16) === digit);
    return below.length === 0
      ? NOTHING
      : referenceTo(nodeOf(below.map(({ path, value }) => ({ path: path.slice(1), value }))));
  });
  // No key of a list is the beginning of another, so a branch holds no value of its own.
  return encodeList([...children, NOTHING]);
}

function referenceTo(node: string): string {
  return node.length / 2 < EMBEDDED_BELOW_BYTES ? node : encodeBytes(hashOf(node));
}

function hashOf(digits: string): string {
  return keccak256(Buffer.from(digits, "hex")).slice(2);
}

/** The path's digits as bytes, with a mark for its end and for an odd number of digits. */
function compact(path: string, ends: boolean): string {
  const mark = ends ? 2 : 0;
  return encodeBytes(path.length % 2 ? `${mark + 1}${path}` : `${mark}0${path}`);
}

function sharedLength(paths: readonly string[]): number {
  const [first = ""] = paths;
  let length = 0;
  while (length < first.length && paths.every((path) => path[length] === first[length])) length += 1;
  return length;
}
