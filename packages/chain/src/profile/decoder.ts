import { type EventFragment, Interface, type ParamType } from "ethers";

/** A log's arguments by name: integers as decimal strings, addresses and bytes as lower-case hex. */
export type Arguments = Readonly<Record<string, unknown>>;

export interface EncodedLog {
  readonly topics: readonly string[];
  readonly data: string;
}

/** Reads the arguments of one event's logs; throws where a log does not fit the event. */
export type EventDecoder = (log: EncodedLog) => Arguments;

const WORD_DIGITS = 64;

/**
 * Compiles a decoder for one event. Where all its arguments are single words, which they are in most events, they are
 * read straight from the hex; ethers decodes the rest. Both give the same.
 */
export function compileDecoder(event: EventFragment): EventDecoder {
  const indexed = event.inputs.filter((input) => input.indexed);
  const plain = event.inputs.filter((input) => !input.indexed);
  const readers = event.inputs.map((input) => wordReader(input));
  if (readers.some((reader) => reader === undefined)) return ethersDecoder(event);

  const fields = event.inputs.map((input, index) => ({
    name: nameOf(input, index),
    read: readers[index] as WordReader,
    topic: input.indexed ? 1 + indexed.indexOf(input) : undefined,
    start: 2 + plain.indexOf(input) * WORD_DIGITS,
  }));
  const topicCount = indexed.length + 1;
  const dataLength = 2 + plain.length * WORD_DIGITS;
  return ({ topics, data }) => {
    if (topics.length !== topicCount || data.length < dataLength) throw new Error(`the log is not a ${event.name}`);
    const values: Record<string, unknown> = {};
    for (const { name, read, topic, start } of fields) {
      const word = topic === undefined ? data.slice(start, start + WORD_DIGITS) : (topics[topic] ?? "").slice(2);
      values[name] = read(word);
    }
    return values;
  };
}

/** Slow, and always right: what the compiled decoders are checked against. */
export function ethersDecoder(event: EventFragment): EventDecoder {
  const abi = new Interface([event]);
  return ({ topics, data }) => {
    const values = abi.decodeEventLog(event, data, topics);
    return Object.fromEntries(event.inputs.map((input, index) => [nameOf(input, index), toJson(values[index])]));
  };
}

function nameOf(input: ParamType, index: number): string {
  return input.name || `argument${index}`;
}

type WordReader = (word: string) => string | boolean;

/** Reads a value of this type from one word, 64 lower-case digits; `undefined` for a type that needs more. */
function wordReader({ type }: ParamType): WordReader | undefined {
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

function toJson(value: unknown): unknown {
  if (typeof value === "bigint") return value.toString();
  if (typeof value === "string") return /^0x[0-9a-fA-F]*$/.test(value) ? value.toLowerCase() : value;
  if (Array.isArray(value)) return Array.from(value, toJson);
  // An indexed value that is longer than a word: the chain holds its hash alone.
  if (typeof value === "object" && value !== null && "hash" in value) return value.hash;
  return value;
}
