import {
  type ChainReader,
  compileProfile,
  createEndpoints,
  type Header,
  type LogRange,
  type Profile,
  type RawLog,
  RpcError,
  type RpcProblem,
} from "@vigia/chain";
import type { Followed } from "./followed.ts";
import { readAhead } from "./read-ahead.ts";
import { readRange } from "./read-range.ts";
import { StaleReadError } from "./stale-read.ts";
import { watchedAtFirst } from "./watched.ts";

const outcome = compileProfile({
  name: "least",
  abi: [
    "event Made(uint256 id, address s, address b, address t, uint256 a)",
    "function stateOf(uint256 id) view returns (uint8 state, uint256 rest)",
  ],
  events: { Made: { escrow: "id", leadsTo: "funded", creates: { seller: "s", buyer: "b", token: "t", amount: "a" } } },
  state: { call: "stateOf", status: "state", balance: "rest", names: [{ Held: "funded" }] },
});

const { profile } = outcome as { profile: Profile };
const CONTRACT = `0x${"c0".repeat(20)}`;
const hashOf = (number: number) => `0x${number.toString(16).padStart(64, "0")}`;
const headerOf = (number: number): Header => ({
  number,
  hash: hashOf(number),
  parentHash: hashOf(number - 1),
  minedAt: new Date(number * 1_000),
});

describe("readRange", () => {
  let asked: number[];

  function followedBy(logs: (range: LogRange) => RawLog[], headers = headerOf, blocks = 100): Followed {
    asked = [];
    const reader: Partial<ChainReader> = {
      chainId: async () => 1,
      headers: async (numbers) => numbers.map(headers),
      logs: async (range) => {
        asked.push(range.toBlock - range.fromBlock + 1);
        return logs(range);
      },
      receiptLogs: async (blocks) =>
        blocks.map(({ number }) => logs({ addresses: [], fromBlock: number, toBlock: number })),
    };
    return {
      chainId: 1,
      contract: CONTRACT,
      startBlock: 0,
      confirmations: 0,
      finalityBlocks: 256,
      finalizedTag: true,
      profile,
      endpoints: createEndpoints([{ name: "one", reader: reader as ChainReader, learnt: { blocks } }], { chainId: 1 }),
      watched: watchedAtFirst({ contract: CONTRACT, profile }),
      // The headers here have no bloom filters: what is proven with them is shown in prove-logs.test.ts.
      proofs: { bloom: false, receiptsRoot: false },
      elsewhere: new Set(),
    };
  }

  const read = (followed: Followed, parentHash: string | null = hashOf(9)) =>
    readRange(
      followed,
      { fromBlock: 10, lastBlock: 1_000, watched: followed.watched, parentHash },
      new AbortController().signal,
    );

  const limitedTo = (most: number, problem: RpcProblem) => (range: LogRange) => {
    if (range.toBlock - range.fromBlock >= most) throw new RpcError(problem, "too much");
    return [];
  };

  it.each<RpcProblem>([
    "range",
    "refused",
  ])("asks for less where the endpoint says %s, and then slowly for more", async (problem) => {
    const followed = followedBy(limitedTo(30, problem));
    expect(await read(followed)).toMatchObject({ fromBlock: 10, toBlock: 34 });
    expect(asked).toEqual([100, 50, 25]);
    await read(followed);
    expect(asked.at(-1)).toBe(28);
  });

  it("asks for less the next time where the endpoint does not answer", async () => {
    const followed = followedBy(limitedTo(60, "unreachable"));
    await expect(read(followed)).rejects.toMatchObject({ problem: "unreachable" });
    await read(followed);
    expect(asked).toEqual([100, 50]);
  });

  it.each<RpcProblem>(["behind", "untrue", "busy"])("does not take %s for too much", async (problem) => {
    const followed = followedBy(limitedTo(30, problem));
    await expect(read(followed)).rejects.toMatchObject({ problem });
    expect(followed.endpoints.all[0]?.ranges.blocks).toBe(100);
  });

  it("gives up at a single block", async () => {
    await expect(read(followedBy(limitedTo(0, "range")))).rejects.toMatchObject({ problem: "range" });
    expect(asked).toEqual([100, 50, 25, 12, 6, 3, 1]);
  });

  it("tells a fork by the parent hash, within the range and at its beginning", async () => {
    const forked = (number: number) => ({ ...headerOf(number), ...(number === 15 ? { hash: hashOf(99) } : {}) });
    await expect(read(followedBy(() => [], forked))).rejects.toThrow(StaleReadError);
    await expect(
      read(
        followedBy(() => []),
        hashOf(98),
      ),
    ).rejects.toThrow(StaleReadError);
    await expect(
      read(
        followedBy(() => []),
        null,
      ),
    ).resolves.toMatchObject({ fromBlock: 10 });
  });

  it("reads one range ahead of whoever takes them, and no more", async () => {
    const followed = followedBy(() => []);
    const request = { fromBlock: 10, lastBlock: 1_000, watched: followed.watched, parentHash: hashOf(9) };
    const ranges = readAhead(followed, request, new AbortController().signal);
    expect((await ranges.next()).value).toMatchObject({ fromBlock: 10, toBlock: 109 });
    await new Promise((resolve) => setImmediate(resolve));
    expect(asked).toEqual([100, 200]);
    expect((await ranges.next()).value).toMatchObject({ fromBlock: 110, toBlock: 309 });
    await ranges.return();
    expect(asked).toEqual([100, 200, 400]);
  });

  it("hands out what it has read before it says that it can read no more", async () => {
    const followed = followedBy(({ fromBlock }) => {
      if (fromBlock > 10) throw new RpcError("refused", "no more");
      return [];
    });
    const request = { fromBlock: 10, lastBlock: 1_000, watched: followed.watched, parentHash: hashOf(9) };
    const ranges = readAhead(followed, request, new AbortController().signal);
    expect((await ranges.next()).value).toMatchObject({ toBlock: 109 });
    await expect(ranges.next()).rejects.toMatchObject({ problem: "refused" });
  });

  it("does not take logs of another block than the header's", async () => {
    const log = {
      address: CONTRACT,
      blockNumber: 12,
      blockHash: hashOf(99),
      logIndex: 0,
      transactionHash: hashOf(1),
      topics: [],
      data: "0x",
    };
    await expect(read(followedBy(() => [log]))).rejects.toThrow(StaleReadError);
    const { logs } = await read(followedBy(() => [{ ...log, blockHash: hashOf(12) }]));
    expect(logs).toMatchObject([{ event: "0x", escrowId: null, minedAt: new Date(12_000) }]);
  });
});
