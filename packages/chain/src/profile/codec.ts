import type { ParamType } from "ethers";
import { WORD_DIGITS, wordReader } from "./word.ts";

/** How values of one type lie in the data of a log, compiled once. Places are counted in hexadecimal digits. */
export interface Codec {
  /** Words that the value takes where it stands: a dynamic one, the offset of where it lies. */
  readonly words: number;
  readonly isDynamic: boolean;
  /** @param at Where the value stands. @param base Where the list that it stands in begins: offsets count from there. */
  read(hex: string, at: number, base: number): unknown;
}

interface Member {
  readonly name: string;
  readonly codec: Codec;
}

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** @throws Error for a type that takes no room, as no event of use has one. */
export function compileCodec(type: ParamType): Codec {
  if (type.isArray()) return arrayCodec(compileCodec(type.arrayChildren), type.arrayLength ?? -1);
  if (type.isTuple()) {
    return tupleCodec(type.components.map((each, index) => ({ name: nameOf(each, index), codec: compileCodec(each) })));
  }
  if (type.type === "bytes") return dynamic((hex, start) => `0x${bytesAt(hex, start)}`);
  if (type.type === "string") {
    return dynamic((hex, start) => readText(Buffer.from(bytesAt(hex, start), "hex")));
  }
  const read = wordReader(type.type);
  if (!read) throw new Error(`values of type ${type.type} cannot be read`);
  return { words: 1, isDynamic: false, read: (hex, at) => read(wordAt(hex, at)) };
}

/** PostgreSQL keeps no text with a NUL in it, and whoever calls a contract may put one there. */
function readText(bytes: Buffer): string {
  if (bytes.includes(0)) throw new Error("the text has a NUL in it");
  return utf8.decode(bytes);
}

export function nameOf(parameter: ParamType, index: number): string {
  return parameter.name || `argument${index}`;
}

function dynamic(readAt: (hex: string, start: number) => unknown): Codec {
  return { words: 1, isDynamic: true, read: (hex, at, base) => readAt(hex, base + lengthAt(hex, at) * 2) };
}

function tupleCodec(members: readonly Member[]): Codec {
  if (members.length === 0) throw new Error("a tuple has no members");
  const readAt = (hex: string, start: number) => {
    const values: Record<string, unknown> = {};
    let at = start;
    for (const { name, codec } of members) {
      values[name] = codec.read(hex, at, start);
      at += codec.words * WORD_DIGITS;
    }
    return values;
  };
  if (members.some(({ codec }) => codec.isDynamic)) return dynamic(readAt);
  const words = members.reduce((sum, { codec }) => sum + codec.words, 0);
  return { words, isDynamic: false, read: readAt };
}

/** @param length The fixed length; -1 where the data tells it. */
function arrayCodec(element: Codec, length: number): Codec {
  if (length === 0) throw new Error("a list has no members");
  const stride = element.words * WORD_DIGITS;
  const readMany = (hex: string, start: number, count: number) => {
    if (count * stride > hex.length - start) throw new Error("the data ends within a list");
    return Array.from({ length: count }, (_, index) => element.read(hex, start + index * stride, start));
  };
  if (length === -1) {
    return dynamic((hex, start) => readMany(hex, start + WORD_DIGITS, lengthAt(hex, start)));
  }
  if (element.isDynamic) return dynamic((hex, start) => readMany(hex, start, length));
  return { words: element.words * length, isDynamic: false, read: (hex, at) => readMany(hex, at, length) };
}

function bytesAt(hex: string, start: number): string {
  const digits = lengthAt(hex, start) * 2;
  const from = start + WORD_DIGITS;
  // The last word is filled up.
  if (from + Math.ceil(digits / WORD_DIGITS) * WORD_DIGITS > hex.length) throw new Error("the data ends within bytes");
  return hex.slice(from, from + digits);
}

function wordAt(hex: string, at: number): string {
  if (at + WORD_DIGITS > hex.length) throw new Error("the data ends too early");
  return hex.slice(at, at + WORD_DIGITS);
}

/** A length or an offset, in bytes or elements: never more than the data has digits. */
function lengthAt(hex: string, at: number): number {
  const length = Number.parseInt(wordAt(hex, at), 16);
  if (length > hex.length) throw new Error("a length or an offset leads beyond the data");
  return length;
}
