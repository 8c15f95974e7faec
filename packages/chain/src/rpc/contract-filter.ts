import { type BloomTest, compileBloomTest } from "./bloom.ts";

/** The logs of some contracts: whose they are, and what a block's bloom filter says of them. */
export interface ContractFilter {
  /** Lower case. */
  readonly addresses: readonly string[];
  has(address: string): boolean;
  /** Whether the block may hold a log of these contracts: "no" is certain, "yes" is not. */
  mayHold(bloom: string): boolean;
  /** The events, by first topic, of which the block may hold a log of these contracts. */
  topicsIn(bloom: string): string[];
}

/** @param topics The first topics of the contracts' events. */
export function createContractFilter(addresses: readonly string[], topics: readonly string[]): ContractFilter {
  const known = new Set(addresses);
  const tests = addresses.map(compileBloomTest);
  const topicTests = topics.map((topic) => ({ topic, mayHoldTopic: compileBloomTest(topic) }));
  const mayHold: BloomTest = (bloom) => tests.some((test) => test(bloom));
  return {
    addresses,
    has: (address) => known.has(address),
    mayHold,
    topicsIn(bloom) {
      if (!mayHold(bloom)) return [];
      return topicTests.filter(({ mayHoldTopic }) => mayHoldTopic(bloom)).map(({ topic }) => topic);
    },
  };
}
