import { AbiCoder, EventFragment, hexlify, type ParamType } from "ethers";
import { compileDecoder, type EncodedLog, type EventDecoder, ethersDecoder } from "./decoder.ts";

const ROUNDS = 400;
/** Shown with each failure; `SEED=…` repeats it. */
const SEED = Number(process.env.SEED ?? Date.now() % 1_000_000_000);
const random = mulberry32(SEED);
const randomInt = (least: number, below: number) => least + Math.floor(random() * (below - least));
const randomBytes = (length: number) => Uint8Array.from({ length }, () => randomInt(0, 256));

const TYPES = [
  "address",
  "bool",
  "uint8",
  "uint64",
  "uint256",
  "int8",
  "int128",
  "int256",
  "bytes1",
  "bytes20",
  "bytes32",
];

/** A type of up to `depth` lists and tuples around a word, a text or bytes. */
function randomType(depth: number): string {
  const shape = depth === 0 ? 0 : randomInt(0, 5);
  if (shape === 1) return `${randomType(depth - 1)}[]`;
  if (shape === 2) return `${randomType(depth - 1)}[${randomInt(1, 4)}]`;
  if (shape === 3) {
    const members = Array.from({ length: randomInt(1, 4) }, (_, index) => `${randomType(depth - 1)} m${index}`);
    return `tuple(${members.join(", ")})`;
  }
  const simple = [...TYPES, "string", "bytes"];
  return simple[randomInt(0, simple.length)] ?? "bool";
}

function randomEvent(typeOf: () => string): EventFragment {
  let indexed = 0;
  const inputs = Array.from({ length: randomInt(0, 8) }, (_, index) => {
    const isIndexed = indexed < 3 && randomInt(0, 3) === 0;
    if (isIndexed) indexed += 1;
    return `${typeOf()}${isIndexed ? " indexed" : ""} a${index}`;
  });
  return EventFragment.from(`event Random(${inputs.join(", ")})`);
}

const randomWordType = () => TYPES[randomInt(0, TYPES.length)] ?? "bool";

function randomValue(type: ParamType): unknown {
  if (type.isArray()) {
    const length = type.arrayLength === -1 ? randomInt(0, 4) : (type.arrayLength ?? 0);
    return Array.from({ length }, () => randomValue(type.arrayChildren));
  }
  if (type.isTuple()) return type.components.map(randomValue);
  if (type.type === "address") return hexlify(randomBytes(20));
  if (type.type === "bool") return randomInt(0, 2) === 1;
  if (type.type === "string") return ["", "0xAB", "ñandú €", "a longer text ".repeat(randomInt(1, 5))][randomInt(0, 4)];
  if (type.type === "bytes") return hexlify(randomBytes(randomInt(0, 70)));
  const [, sign, bits] = /^(u?)int(\d+)$/.exec(type.type) ?? [];
  if (bits === undefined) return hexlify(randomBytes(Number(type.type.slice(5))));
  const value = BigInt(hexlify(randomBytes(32)));
  return sign ? BigInt.asUintN(Number(bits), value) : BigInt.asIntN(Number(bits), value);
}

/** A log of the event with random values; of what is indexed and longer than a word, a log holds a hash alone. */
function encode(event: EventFragment): { topics: string[]; data: string } {
  const abi = AbiCoder.defaultAbiCoder();
  const indexed = event.inputs.filter((input) => input.indexed);
  const plain = event.inputs.filter((input) => !input.indexed);
  const topics = indexed.map((input) =>
    TYPES.includes(input.type) ? abi.encode([input], [randomValue(input)]) : hexlify(randomBytes(32)),
  );
  return { topics: [event.topicHash, ...topics], data: abi.encode(plain, plain.map(randomValue)) };
}

/** A small generator of numbers from 0 to 1 that a seed repeats. */
function mulberry32(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

describe("compileDecoder", () => {
  it.each([
    ["single words", randomWordType],
    ["lists, tuples, texts and bytes", () => randomType(3)],
  ])("gives what ethers gives, for any event of %s", (_case, typeOf) => {
    for (let round = 0; round < ROUNDS; round++) {
      const event = randomEvent(typeOf);
      const log = encode(event);
      const shown = { SEED, event: event.format("full") };
      expect({ shown, is: compileDecoder(event)(log) }).toEqual({ shown, is: ethersDecoder(event)(log) });
    }
  });

  it("refuses data that was cut off, as ethers does, and never reads beyond it", () => {
    const decoded = (decode: EventDecoder, log: EncodedLog) => {
      try {
        return decode(log);
      } catch {
        return "refused";
      }
    };
    for (let round = 0; round < ROUNDS; round++) {
      const event = randomEvent(() => randomType(2));
      const { topics, data } = encode(event);
      const words = (data.length - 2) / 64;
      const log = { topics, data: data.slice(0, 2 + 64 * randomInt(0, words + 1)) };
      const shown = { SEED, event: event.format("full"), log };
      expect({ shown, is: decoded(compileDecoder(event), log) }).toEqual({
        shown,
        is: decoded(ethersDecoder(event), log),
      });
    }
  });

  it("reads words with dirt in the unused bits as ethers does", () => {
    const event = EventFragment.from("event Dirty(uint8 indexed a, int16 b, bool c, bytes4 d)");
    for (let round = 0; round < ROUNDS; round++) {
      const log = { topics: [event.topicHash, hexlify(randomBytes(32))], data: hexlify(randomBytes(96)) };
      expect({ SEED, is: compileDecoder(event)(log) }).toEqual({ SEED, is: ethersDecoder(event)(log) });
    }
  });

  it("gives the hash that the chain holds of what is indexed and longer than a word", () => {
    const event = EventFragment.from("event Long(string indexed a, uint256[] indexed b)");
    const log = encode(event);
    expect(compileDecoder(event)(log)).toEqual({ a: log.topics[1], b: log.topics[2] });
  });

  it.each([
    ["a length beyond the data", ["20", "ffffffff"]],
    ["an offset beyond the data", ["ffffffffffffffffffff", "1"]],
  ])("refuses %s", (_case, words) => {
    const event = EventFragment.from("event Long(uint256[] a)");
    const data = `0x${words.map((word) => word.padStart(64, "0")).join("")}`;
    expect(() => compileDecoder(event)({ topics: [event.topicHash], data })).toThrow();
    expect(() => ethersDecoder(event)({ topics: [event.topicHash], data })).toThrow();
  });

  it.each([
    ["too little data", { topics: [] as string[], data: `0x${"00".repeat(31)}` }],
    ["too few topics", { topics: [], data: `0x${"00".repeat(32)}` }],
    ["an address that is too long", { topics: [`0x${"ff".repeat(32)}`], data: `0x${"00".repeat(32)}` }],
  ])("refuses %s", (_case, { topics, data }) => {
    const event = EventFragment.from("event Short(address indexed a, uint256 b)");
    const decode = compileDecoder(event);
    expect(() => decode({ topics: [event.topicHash, ...topics], data })).toThrow();
  });
});
