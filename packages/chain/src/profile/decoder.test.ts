import { EventFragment, hexlify, Interface } from "ethers";
import { compileDecoder, ethersDecoder } from "./decoder.ts";

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

function randomEvent(types: readonly string[]): EventFragment {
  let indexed = 0;
  const inputs = Array.from({ length: randomInt(0, 8) }, (_, index) => {
    const isIndexed = indexed < 3 && randomInt(0, 3) === 0;
    if (isIndexed) indexed += 1;
    return `${types[randomInt(0, types.length)]}${isIndexed ? " indexed" : ""} a${index}`;
  });
  return EventFragment.from(`event Random(${inputs.join(", ")})`);
}

function randomValue(type: string): unknown {
  if (type === "address") return hexlify(randomBytes(20));
  if (type === "bool") return randomInt(0, 2) === 1;
  if (type === "string") return hexlify(randomBytes(randomInt(0, 40))).slice(1);
  if (type === "uint256[]") return Array.from({ length: randomInt(0, 4) }, () => BigInt(hexlify(randomBytes(32))));
  const [, sign, bits] = /^(u?)int(\d+)$/.exec(type) ?? [];
  if (bits === undefined) return hexlify(randomBytes(Number(type.slice(5))));
  const value = BigInt(hexlify(randomBytes(32)));
  return sign ? BigInt.asUintN(Number(bits), value) : BigInt.asIntN(Number(bits), value);
}

function encode(event: EventFragment): { topics: string[]; data: string } {
  const values = event.inputs.map(({ type }) => randomValue(type));
  const { topics, data } = new Interface([event]).encodeEventLog(event, values);
  return { topics: topics.map(String), data };
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
  it("gives what ethers gives, for any event of single words", () => {
    for (let round = 0; round < ROUNDS; round++) {
      const event = randomEvent(TYPES);
      const log = encode(event);
      const shown = { SEED, event: event.format() };
      expect({ shown, is: compileDecoder(event)(log) }).toEqual({ shown, is: ethersDecoder(event)(log) });
    }
  });

  it("reads words with dirt in the unused bits as ethers does", () => {
    const event = EventFragment.from("event Dirty(uint8 indexed a, int16 b, bool c, bytes4 d)");
    for (let round = 0; round < ROUNDS; round++) {
      const log = { topics: [event.topicHash, hexlify(randomBytes(32))], data: hexlify(randomBytes(96)) };
      expect({ SEED, is: compileDecoder(event)(log) }).toEqual({ SEED, is: ethersDecoder(event)(log) });
    }
  });

  it("leaves to ethers what is longer than a word", () => {
    const event = EventFragment.from("event Long(string indexed a, string b, uint256[] c, address d)");
    const log = encode(event);
    expect(compileDecoder(event)(log)).toEqual(ethersDecoder(event)(log));
    expect(compileDecoder(event)(log).a).toBe(log.topics[1]);
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
