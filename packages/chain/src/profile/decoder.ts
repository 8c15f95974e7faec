import { type EventFragment, Interface, type ParamType } from "ethers";
import { compileCodec, nameOf } from "./codec.ts";
import { WORD_DIGITS, wordReader } from "./word.ts";

/**
 * A log's arguments by name: integers as decimal strings, addresses and bytes as lower-case hex, lists as arrays, tuples
 * as objects, and what is indexed and longer than a word as the hash that the chain holds of it.
 */
export type Arguments = Readonly<Record<string, unknown>>;

export interface EncodedLog {
  readonly topics: readonly string[];
  /** Lower-case hex, as the topics. */
  readonly data: string;
}

/** Reads the arguments of one event's logs; throws where a log does not fit the event. */
export type EventDecoder = (log: EncodedLog) => Arguments;

/** Compiles a decoder for one event: each argument is read straight from the hex, at a place that is known. */
export function compileDecoder(event: EventFragment): EventDecoder {
  const topicCount = 1 + event.inputs.filter((input) => input.indexed).length;
  const readers = compileReaders(event.inputs);
  return ({ topics, data }) => {
    if (topics.length !== topicCount) throw new Error(`the log is not a ${event.name}`);
    const values: Record<string, unknown> = {};
    for (const { name, read } of readers) values[name] = read(topics, data);
    return values;
  };
}

interface Reader {
  readonly name: string;
  readonly read: (topics: readonly string[], data: string) => unknown;
}

/** Places in the data are counted from its `0x` on. */
const DATA_START = 2;

function compileReaders(inputs: readonly ParamType[]): Reader[] {
  let topic = 0;
  let place = DATA_START;
  return inputs.map((input, index) => {
    const name = nameOf(input, index);
    if (input.indexed) {
      topic += 1;
      return { name, read: topicReader(input, topic) };
    }
    const codec = compileCodec(input);
    const at = place;
    place += codec.words * WORD_DIGITS;
    return { name, read: (_topics, data) => codec.read(data, at, DATA_START) };
  });
}

function topicReader({ type }: ParamType, place: number): Reader["read"] {
  const read = wordReader(type);
  if (!read) return (topics) => topics[place];
  return (topics) => read((topics[place] ?? "").slice(2));
}

/** Slow, and always right: what the compiled decoders are checked against. */
export function ethersDecoder(event: EventFragment): EventDecoder {
  const abi = new Interface([event]);
  return ({ topics, data }) => {
    const values = abi.decodeEventLog(event, data, topics);
    return Object.fromEntries(event.inputs.map((input, index) => [nameOf(input, index), toJson(values[index], input)]));
  };
}

function toJson(value: unknown, type: ParamType): unknown {
  if (typeof value === "bigint") return value.toString();
  // An indexed value that is longer than a word: the chain holds its hash alone.
  if (typeof value === "object" && value !== null && "hash" in value) return value.hash;
  if (type.isArray()) return Array.from(value as Iterable<unknown>, (each) => toJson(each, type.arrayChildren));
  if (type.isTuple()) {
    const members = Array.from(value as Iterable<unknown>);
    return Object.fromEntries(
      type.components.map((each, index) => [nameOf(each, index), toJson(members[index], each)]),
    );
  }
  return typeof value === "string" && type.type !== "string" ? value.toLowerCase() : value;
}
