import { compileBloomTest } from "./bloom.ts";

/** What a block's bloom filter says of one contract: "no" is certain, "yes" is not. */
export interface ContractFilter {
  /** Whether the block may hold a log of the contract. */
  mayHold(bloom: string): boolean;
  /** The events, by first topic, of which the block may hold a log of the contract. */
  topicsIn(bloom: string): string[];
}

/** @param topics The first topics of the contract's events. */
export function createContractFilter(address: string, topics: readonly string[]): ContractFilter {
  const mayHold = compileBloomTest(address);
  const tests = topics.map((topic) => ({ topic, mayHoldTopic: compileBloomTest(topic) }));
  return {
    mayHold,
    topicsIn(bloom) {
      if (!mayHold(bloom)) return [];
      return tests.filter(({ mayHoldTopic }) => mayHoldTopic(bloom)).map(({ topic }) => topic);
    },
  };
}
