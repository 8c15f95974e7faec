import { concat, encodeRlp, keccak256, toBeHex } from "ethers";
import type { Receipt } from "./receipt.ts";

/** Nodes of less than this many bytes stand in their parent as they are; others by their hash. */
const EMBEDDED_BELOW_BYTES = 32;

type Node = string | readonly Node[];

interface Leaf {
  /** Hexadecimal digits of the key that are left to go. */
  readonly path: string;
  readonly value: string;
}

/**
 * The root of the Merkle Patricia trie over a block's receipts: what its header names as `receiptsRoot`. Receipts whose
 * root is the header's are all the block has, unchanged.
 */
export function receiptsRootOf(receipts: readonly Receipt[]): string {
  if (receipts.length === 0) return keccak256(encodeRlp("0x"));
  const leaves = receipts.map((receipt, index) => ({
    path: encodeRlp(index === 0 ? "0x" : toBeHex(index)).slice(2),
    value: encodeReceipt(receipt),
  }));
  return keccak256(encodeRlp(nodeOf(leaves) as never));
}

function encodeReceipt({ type, outcome, cumulativeGasUsed, logsBloom, logs }: Receipt): string {
  const body = encodeRlp([
    outcome,
    minimal(cumulativeGasUsed),
    logsBloom,
    logs.map(({ address, topics, data }) => [address, [...topics], data]),
  ]);
  return type === 0 ? body : concat([toBeHex(type), body]);
}

function minimal(quantity: string): string {
  const digits = quantity.slice(2).replace(/^0+/, "");
  if (digits === "") return "0x";
  return `0x${digits.length % 2 ? "0" : ""}${digits}`;
}

function nodeOf(leaves: readonly Leaf[]): Node {
  const [first] = leaves;
  if (!first) return "0x";
  if (leaves.length === 1) return [compact(first.path, true), first.value];
  const shared = sharedLength(leaves.map(({ path }) => path));
  if (shared > 0) {
    const rest = leaves.map(({ path, value }) => ({ path: path.slice(shared), value }));
    return [compact(first.path.slice(0, shared), false), referenceTo(nodeOf(rest))];
  }
  const children = Array.from({ length: 16 }, (_, digit) => {
    const below = leaves.filter(({ path }) => Number.parseInt(path[0] ?? "", 16) === digit);
    return below.length === 0
      ? "0x"
      : referenceTo(nodeOf(below.map(({ path, value }) => ({ path: path.slice(1), value }))));
  });
  // No key of a list is the beginning of another, so a branch holds no value of its own.
  return [...children, "0x"];
}

function referenceTo(node: Node): Node {
  const encoded = encodeRlp(node as never);
  return (encoded.length - 2) / 2 < EMBEDDED_BELOW_BYTES ? node : keccak256(encoded);
}

/** The path's digits as bytes, with a mark for its end and for an odd number of digits. */
function compact(path: string, ends: boolean): string {
  const mark = ends ? 2 : 0;
  return path.length % 2 ? `0x${mark + 1}${path}` : `0x${mark}0${path}`;
}

function sharedLength(paths: readonly string[]): number {
  const [first = ""] = paths;
  let length = 0;
  while (length < first.length && paths.every((path) => path[length] === first[length])) length += 1;
  return length;
}
