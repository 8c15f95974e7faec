import {
  type ChainReader,
  createChainReader,
  createEndpoints,
  createRpcClient,
  type Endpoint,
  type Header,
  type RawLog,
} from "@vigia/chain";
import { createLogger } from "@vigia/runtime";
import { type Chain, startChain } from "@vigia/testkit";
import { settings } from "../settings.ts";
import { openOne } from "../testing/open-one.ts";
import type { Followed } from "./followed.ts";
import { proveLogs } from "./prove-logs.ts";

/** More than are read by their receipts as a matter of course. */
const BLOCKS = 24;

describe("proveLogs", () => {
  let chain: Chain;
  let followed: Followed;
  let reader: ChainReader;
  let headers: Header[];
  let logs: RawLog[];
  let reports: string[];
  const signal = new AbortController().signal;

  beforeAll(async () => {
    chain = await startChain();
    const values = settings.parse({
      CHAIN_ID: chain.chainId,
      CHAIN_RPC_URL: chain.rpcUrl,
      ESCROW_ADDRESS: chain.escrowAddress,
    });
    followed = await openOne(values, createLogger("prove-test", "fatal"));
    reader = createChainReader(createRpcClient({ url: chain.rpcUrl }));
    // One block with the logs of many transactions: its receipts are a trie of several levels.
    await chain.setAutomine(false);
    const call = { from: chain.accounts.stranger, to: chain.tokenAddress };
    const mint = `0x40c10f19${chain.accounts.stranger.slice(2).padStart(64, "0")}${"1".padStart(64, "0")}`;
    for (let count = 0; count < 150; count++) await chain.send({ ...call, data: mint });
    await chain.mine();
    await chain.setAutomine(true);
    for (let count = 0; count < BLOCKS; count++) await chain.createEscrow();
    const head = await chain.headBlock();
    const numbers = Array.from({ length: head + 1 }, (_, number) => number);
    headers = await reader.headers(numbers, signal);
    logs = await reader.logs({ addresses: [followed.contract], fromBlock: 0, toBlock: head }, signal);
    expect(logs).toHaveLength(BLOCKS);
  });
  afterAll(() => chain.stop());
  beforeEach(() => {
    reports = [];
  });

  const endpoint = (changes: Partial<ChainReader> = {}): Endpoint => {
    const [only] = createEndpoints([{ name: "one", reader: { ...reader, ...changes } }], { chainId: 1 }).all;
    if (!only) throw new Error("there is no endpoint");
    return { ...only, report: (untruth) => void reports.push(untruth) };
  };
  const prove = (given: readonly RawLog[] | undefined, thorough = false, changes: Partial<ChainReader> = {}) =>
    proveLogs(endpoint(changes), followed, { filter: followed.watched.filter, headers, logs: given, thorough }, signal);
  const places = (of: readonly RawLog[]) => of.map(({ blockNumber, logIndex }) => `${blockNumber}:${logIndex}`);

  it("takes what is complete, and asks for no receipts", async () => {
    let asked = 0;
    const receiptLogs: ChainReader["receiptLogs"] = async (suspects) => {
      asked += suspects.length;
      return [];
    };
    expect(await prove(logs, false, { receiptLogs })).toEqual(logs);
    expect(asked).toBe(0);
    expect(reports).toEqual([]);
  });

  it.each<[string, (all: RawLog[]) => RawLog[], string]>([
    ["an empty answer", () => [], "missing_log"],
    ["one log left out of many", (all) => all.toSpliced(7, 1), "missing_log"],
    [
      "an event given as another one",
      (all) => all.with(3, { ...(all[3] as RawLog), topics: [`0x${"ab".repeat(32)}`] }),
      "invented_log",
    ],
  ])("finds %s, and puts it right by receipts", async (_case, lie, untruth) => {
    const proven = await prove(lie(logs));
    expect(places(proven)).toEqual(places(logs));
    expect(proven.map(({ topics, data }) => ({ topics, data }))).toEqual(
      logs.map(({ topics, data }) => ({ topics, data })),
    );
    expect(new Set(reports)).toEqual(new Set([untruth]));
  });

  it("finds a changed amount where it reads by receipts", async () => {
    const changed = logs.with(5, { ...(logs[5] as RawLog), data: (logs[4] as RawLog).data.replace(/.$/, "f") });
    expect((await prove(changed, true))[5]?.data).toBe(logs[5]?.data);
    expect(reports).toEqual(["invented_log"]);
  });

  it("reads a block whose logs cannot be given by its receipts", async () => {
    expect(places(await prove(undefined))).toEqual(places(logs));
    expect(reports).toEqual([]);
  });

  it("refuses headers whose bloom filter denies a log", async () => {
    const empty = headers.map((header) => ({ ...header, logsBloom: `0x${"0".repeat(512)}` }));
    const given = { filter: followed.watched.filter, headers: empty, logs, thorough: false };
    const proving = proveLogs(endpoint(), followed, given, signal);
    await expect(proving).rejects.toMatchObject({ problem: "untrue", untruth: "bloom" });
  });

  it("refuses logs of another block than the header's", async () => {
    const other = logs.with(0, { ...(logs[0] as RawLog), blockHash: `0x${"99".repeat(32)}` });
    await expect(prove(other)).rejects.toMatchObject({ problem: "forked", untruth: "other_block_hash" });
  });

  it("refuses receipts that are not those of the header", async () => {
    const lying = (change: (receipts: Record<string, unknown>[]) => unknown) => {
      const client = createRpcClient({ url: chain.rpcUrl });
      return createChainReader({
        ...client,
        ask: async (requests, abort) => {
          const answers = await client.ask(requests, abort);
          return answers.map((answer, index) =>
            requests[index]?.method === "eth_getBlockReceipts" ? change(structuredClone(answer) as never) : answer,
          );
        },
      });
    };
    const read = (change: (receipts: Record<string, unknown>[]) => unknown) =>
      lying(change).receiptLogs(headers.slice(-BLOCKS), followed.watched.filter, { byRoot: true }, signal);
    const untrue = { problem: "untrue", untruth: "receipts" };
    await expect(read((receipts) => receipts)).resolves.toHaveLength(BLOCKS);
    await expect(read((receipts) => receipts.map((each) => ({ ...each, logs: [] })))).rejects.toMatchObject(untrue);
    await expect(read(() => [])).rejects.toMatchObject(untrue);
    await expect(read(() => null)).rejects.toMatchObject({ problem: "behind", untruth: "receipts" });
    const elsewhere = { blockHash: `0x${"99".repeat(32)}` };
    await expect(read((receipts) => receipts.map((each) => ({ ...each, ...elsewhere })))).rejects.toMatchObject({
      problem: "forked",
    });
  });

  it("reads single receipts where a node gives none by the block", async () => {
    const client = createRpcClient({ url: chain.rpcUrl });
    const old = createChainReader({
      ...client,
      ask: async (requests, abort) =>
        client.ask(
          requests.map((each) => (each.method === "eth_getBlockReceipts" ? { ...each, method: "eth_nothing" } : each)),
          abort,
        ),
    });
    const found = await old.receiptLogs(headers, followed.watched.filter, { byRoot: true }, signal);
    expect(places(found.flat())).toEqual(places(logs));
  });
});
