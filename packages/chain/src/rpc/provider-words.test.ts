import type { RpcProblem } from "./error.ts";
import { blockLimitOf, problemOf } from "./provider-words.ts";

/** What providers and nodes answer, word for word. */
const ANSWERS: readonly [from: string, code: number, message: string, problem: RpcProblem, blockLimit?: number][] = [
  [
    "Alchemy",
    -32602,
    "Log response size exceeded. You can make eth_getLogs requests with up to a 2K block range and no limit on the " +
      "response size, or you can request any block range with a cap of 10K logs in the response. Based on your " +
      "parameters and the response size limit, this block range should work: [0xc5dc00, 0xc614a7]",
    "range",
    2_000,
  ],
  [
    "Alchemy",
    -32600,
    "Under the Free tier plan, you can make eth_getLogs requests with up to a 10 block range. Based on your " +
      "parameters, this block range should work: [0x1180fca, 0x1180fd3]. Upgrade to PAYG for expanded block range.",
    "range",
    10,
  ],
  [
    "Alchemy",
    -32000,
    "Query timeout exceeded. Consider reducing your block range. Based on your parameters and the response size " +
      "limit, this block range should work: [0x5223c98, 0x5223e80]",
    "range",
  ],
  [
    "Alchemy",
    429,
    "Your app has exceeded its compute units per second capacity. If you have retries enabled, …",
    "busy",
  ],
  ["Infura", -32005, "query returned more than 10000 results. Try with this block range [0x1, 0x2].", "range"],
  ["Infura", -32005, "range 49999 exceeds limit of 10000", "range", 10_000],
  ["Infura", -32005, "daily request count exceeded, request rate limited", "busy"],
  ["Infura", -32005, "project ID request rate exceeded", "busy"],
  ["Infura", -32005, "exceeded project rate limit", "busy"],
  ["QuickNode", -32614, "eth_getLogs is limited to a 10,000 range", "range", 10_000],
  ["QuickNode", -32602, "eth_getLogs and eth_newFilter are limited to a 10,000 blocks range", "range", 10_000],
  [
    "QuickNode",
    -32007,
    "50/second request limit reached - reduce calls per second or upgrade your account at quicknode.com",
    "busy",
  ],
  ["QuickNode", -32012, "credits limited to 6000/sec", "busy"],
  ["Ankr", -32600, "block range is too wide", "range"],
  ["publicnode", -32701, "exceed maximum block range: 50000", "range", 50_000],
  ["Chainstack", -32602, "Block range limit exceeded. See more details at https://docs.chainstack.com/docs", "range"],
  ["Chainstack", -32005, "You've exceeded the RPS limit available on the current plan.", "busy"],
  [
    "Cloudflare",
    -32047,
    "Invalid eth_getLogs request. 'fromBlock'-'toBlock' range too large. Max range: 800",
    "range",
    800,
  ],
  ["dRPC", 35, "ranges over 10000 blocks are not supported on freetier", "range", 10_000],
  ["dRPC", 30, "Request timeout on the free tier, please upgrade your tier to the paid one", "busy"],
  ["1RPC", -32602, "eth_getLogs is limited to 0 - 50 blocks range", "range", 50],
  ["geth", -32000, "header not found", "behind"],
  ["geth", -32000, "unknown block", "behind"],
  ["geth", -32602, "block range extends beyond current head block", "behind"],
  ["geth", -32003, "response too large", "range"],
  ["geth", -32002, "request timed out", "busy"],
  ["erigon", -32000, "query exceeds max results 20000, retry with the range 24383075-24383096", "range"],
  ["erigon", -32602, "query block range exceeds server limit", "range"],
  ["Nethermind", -32005, "Too many logs requested. Max logs per response is 20000.", "range"],
  ["Nethermind", -32602, "Block range 5000 exceeds the maximum of 1000 blocks per logs request", "range", 1_000],
  [
    "Nethermind",
    -32000,
    "One of the blocks specified in filter (fromBlock, toBlock or blockHash) is beyond the current head",
    "behind",
  ],
  ["Besu", -32005, "Requested range exceeds maximum RPC range limit", "range"],
  ["Besu", -39001, "Unknown block", "behind"],
  ["reth", -32602, "query exceeds max block range 100000", "range", 100_000],
  ["reth", -32000, "query exceeds max results 20000, retry with the range 1-2", "range"],
  ["reth", -32602, "block range extends beyond current head block", "behind"],
  ["any", -32005, "no", "range"],
  ["any", -32601, "the method eth_getBlockReceipts does not exist/is not available", "refused"],
  ["any", 3, "execution reverted", "refused"],
];

describe("the words of providers", () => {
  const cases = ANSWERS.map(([from, code, message, problem, blockLimit]) => ({
    from,
    code,
    message,
    problem,
    blockLimit,
  }));

  it.each(cases)("$from $code: $message", ({ code, message, problem, blockLimit }) => {
    expect(problemOf({ code, message })).toBe(problem);
    expect(blockLimitOf(message)).toBe(blockLimit);
  });
});
