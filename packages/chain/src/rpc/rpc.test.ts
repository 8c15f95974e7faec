import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { createRpcClient } from "./client.ts";
import { problemOf } from "./provider-words.ts";
import { createChainReader } from "./reader.ts";

interface Request {
  readonly id: number;
  readonly method: string;
  readonly params: readonly unknown[];
}

const hash = (fill: string) => `0x${fill.repeat(32)}`;
const CONTRACT = `0x${"c0".repeat(20)}`;
const RANGE = { addresses: [CONTRACT], fromBlock: 10, toBlock: 20 };

function logAt(blockNumber: number, logIndex: number, changes: object = {}): object {
  return {
    address: CONTRACT,
    blockNumber: `0x${blockNumber.toString(16)}`,
    logIndex: `0x${logIndex.toString(16)}`,
    blockHash: hash("b1"),
    transactionHash: hash("a1"),
    topics: [hash("70")],
    data: "0x",
    removed: false,
    ...changes,
  };
}

/** An endpoint that answers what the test tells it to. */
describe("an endpoint", () => {
  let server: Server;
  let exchanges: number;
  let answer: (request: Request) => { result?: unknown; error?: { code: number; message: string } };
  let respond: (request: IncomingMessage, response: ServerResponse) => Promise<void>;
  let url: string;

  const honestly = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body: Request | Request[] = JSON.parse(await text(request));
    const reply = (each: Request) => ({ jsonrpc: "2.0", id: each.id, ...answer(each) });
    response.end(JSON.stringify(Array.isArray(body) ? body.map(reply).reverse() : reply(body)));
  };

  beforeAll(async () => {
    server = createServer((request, response) => {
      exchanges += 1;
      void respond(request, response);
    });
    await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });
  beforeEach(() => {
    exchanges = 0;
    respond = honestly;
    answer = ({ params }) => ({ result: params[0] });
  });

  const client = (options: object = {}) => createRpcClient({ url, tries: 3, ...options });
  const requests = (count: number) =>
    Array.from({ length: count }, (_, index) => ({ method: "echo", params: [index] }));

  describe("is asked by the client", () => {
    it("in batches, whose answers may come in any order", async () => {
      expect(await client().ask(requests(250))).toEqual(requests(250).map(({ params }) => params[0]));
      expect(exchanges).toBe(3);
    });

    it("one by one, once it has refused a batch", async () => {
      respond = async (request, response) => {
        const body: Request | Request[] = JSON.parse(await text(request));
        const one = Array.isArray(body)
          ? { id: null, error: { code: -32600, message: "no batches" } }
          : { id: 0, result: 7 };
        response.end(JSON.stringify({ jsonrpc: "2.0", ...one }));
      };
      const asking = client();
      expect(await asking.ask(requests(3))).toEqual([7, 7, 7]);
      expect(exchanges).toBe(4);
      await asking.ask(requests(3));
      expect(exchanges).toBe(7);
    });

    it("one by one, once it has refused a batch with no more than a status", async () => {
      respond = async (request, response) => {
        const body: Request | Request[] = JSON.parse(await text(request));
        if (Array.isArray(body)) response.writeHead(403).end("no batches");
        else response.end(JSON.stringify({ jsonrpc: "2.0", id: 0, result: 7 }));
      };
      const asking = client();
      expect(await asking.ask(requests(3))).toEqual([7, 7, 7]);
      await asking.ask(requests(3));
      expect(exchanges).toBe(7);
    });

    it("in batches still, where it was only too busy for one, or refuses the parts as well", async () => {
      const asking = client();
      const limited = { id: null, error: { code: 429, message: "rate limit reached" } };
      respond = async (request, response) =>
        exchanges > 1 ? honestly(request, response) : void response.end(JSON.stringify({ jsonrpc: "2.0", ...limited }));
      expect(await asking.ask(requests(3))).toEqual([0, 1, 2]);
      expect(exchanges).toBe(2);
      respond = async (_request, response) => void response.writeHead(403).end("nothing for you");
      await expect(asking.ask(requests(3))).rejects.toMatchObject({ problem: "refused" });
      respond = honestly;
      const before = exchanges;
      await asking.ask(requests(3));
      expect(exchanges).toBe(before + 1);
    });

    it("no more for now where it names a long time to wait", async () => {
      respond = async (_request, response) => void response.writeHead(429, { "retry-after": "60" }).end("{}");
      await expect(client().ask(requests(1))).rejects.toMatchObject({ problem: "busy", retryAfterMs: 60_000 });
      expect(exchanges).toBe(1);
    });

    it("again where it is busy, after the time that it names", async () => {
      respond = async (request, response) => {
        if (exchanges > 1) return honestly(request, response);
        response.writeHead(429, { "retry-after": "0" }).end("{}");
      };
      expect(await client().ask(requests(1))).toEqual([0]);
      expect(exchanges).toBe(2);
    });

    it("not for ever where it fails, is cut off, or does not answer", async () => {
      respond = async (_request, response) => void response.writeHead(503).end("down");
      await expect(client().ask(requests(1))).rejects.toMatchObject({ problem: "unreachable" });
      expect(exchanges).toBe(3);
      respond = async (_request, response) => void response.end("<html>");
      await expect(client({ tries: 1 }).ask(requests(1))).rejects.toMatchObject({ problem: "unreachable" });
      respond = async (request) => void request.destroy();
      await expect(client({ tries: 1 }).ask(requests(1))).rejects.toMatchObject({ problem: "unreachable" });
      respond = async () => undefined;
      await expect(client({ tries: 1, timeoutMs: 50 }).ask(requests(1))).rejects.toMatchObject({
        problem: "unreachable",
      });
    });

    it("with the user and password of its URL", async () => {
      let authorization: string | undefined;
      respond = (request, response) => {
        authorization = request.headers.authorization;
        return honestly(request, response);
      };
      await createRpcClient({ url: url.replace("//", "//me:p%40ss@") }).ask(requests(1));
      expect(authorization).toBe(`Basic ${Buffer.from("me:p@ss").toString("base64")}`);
    });

    it("not again where it says no", async () => {
      answer = () => ({ error: { code: 3, message: "execution reverted" } });
      await expect(client().ask(requests(2))).rejects.toMatchObject({ problem: "refused" });
      expect(exchanges).toBe(1);
    });
  });

  describe("is believed by the reader", () => {
    const reader = () => createChainReader(client({ tries: 1 }));
    const giving = (logs: unknown, head = 20) => {
      answer = ({ method }) => ({ result: method === "eth_blockNumber" ? `0x${head.toString(16)}` : logs });
      return reader().logs(RANGE);
    };

    it("where its logs are what was asked for", async () => {
      expect(await giving([logAt(10, 0), logAt(10, 3), logAt(20, 0)])).toHaveLength(3);
      expect(await giving([])).toEqual([]);
    });

    it.each<[string, unknown]>([
      ["logs of another contract", [logAt(10, 0, { address: `0x${"dd".repeat(20)}` })]],
      ["logs outside the range", [logAt(21, 0)]],
      ["a log twice", [logAt(10, 0), logAt(10, 0)]],
      ["logs out of order", [logAt(11, 0), logAt(10, 0)]],
      ["removed logs", [logAt(10, 0, { removed: true })]],
      ["logs of pending blocks", [logAt(10, 0, { blockHash: null })]],
      ["a log without an index", [logAt(10, 0, { logIndex: null })]],
      ["no list", null],
      ["no objects", ["0x"]],
    ])("not where it gives %s", async (_case, logs) => {
      await expect(giving(logs)).rejects.toMatchObject({ problem: "untrue" });
    });

    it("not where it is behind the range, whatever it gives", async () => {
      await expect(giving([], 19)).rejects.toMatchObject({ problem: "behind" });
    });

    it("not where a block is missing or another one", async () => {
      answer = () => ({ result: null });
      await expect(reader().headers([5])).rejects.toMatchObject({ problem: "behind" });
      answer = () => ({ result: { number: "0x6", hash: hash("b1"), parentHash: hash("b0"), timestamp: "0x1" } });
      await expect(reader().headers([5])).rejects.toMatchObject({ problem: "untrue" });
    });

    it("by block number, where it cannot be asked by hash and the block is still the same", async () => {
      const header = { number: "0x5", hash: hash("b1"), parentHash: hash("b0"), timestamp: "0x1" };
      answer = ({ method, params }) => {
        if (method === "eth_getBlockByNumber") return { result: header };
        return typeof params[1] === "string"
          ? { result: "0x01" }
          : { error: { code: -32602, message: "invalid argument 1" } };
      };
      const asking = reader();
      expect(await asking.state([{ to: CONTRACT, data: "0x" }], { number: 5, hash: hash("b1") })).toEqual(["0x01"]);
      await expect(asking.state([{ to: CONTRACT, data: "0x" }], { number: 5, hash: hash("b2") })).rejects.toThrow(
        "replaced",
      );
    });

    it("where the contract refuses one of several questions", async () => {
      answer = ({ params }) =>
        (params[0] as { data?: string }).data === "0xbad0"
          ? { error: { code: 3, message: "execution reverted: no such escrow" } }
          : { result: "0x01" };
      const questions = [{ to: CONTRACT, data: "0xbad0" }, { to: CONTRACT, data: "0x" }, { balanceOf: CONTRACT }];
      const told = await reader().state(questions, { number: 5, hash: hash("b1") });
      expect(told).toEqual([undefined, "0x01", "0x01"]);
    });

    it("where the logs of many contracts come in parts", async () => {
      const addresses = Array.from({ length: 1_200 }, (_, index) => `0x${index.toString(16).padStart(40, "0")}`);
      answer = ({ method, params }) => {
        if (method === "eth_blockNumber") return { result: "0x14" };
        const { address } = params[0] as { address: string[] };
        return {
          result: [
            logAt(20 - address.length / 100, 1, { address: address[0] }),
            logAt(20, address.length, { address: address[1] }),
          ],
        };
      };
      const logs = await reader().logs({ ...RANGE, addresses });
      const places = logs.map(({ blockNumber, logIndex }) => [blockNumber, logIndex]);
      expect(places).toEqual([
        [15, 1],
        [15, 1],
        [18, 1],
        [20, 200],
        [20, 500],
        [20, 500],
      ]);
    });
  });
});

describe("problemOf", () => {
  it.each([
    [-32005, "query returned more than 10000 results", "range"],
    [-32602, "Log response size exceeded. You can make eth_getLogs requests with up to a 2K block range", "range"],
    [-32000, "block range is too wide", "range"],
    [
      -32000,
      "One of the blocks specified in filter (fromBlock, toBlock or blockHash) is beyond the current head",
      "behind",
    ],
    [-32000, "header not found", "behind"],
    [-32005, "daily request count exceeded, request rate limited", "busy"],
    [429, "Your app has exceeded its compute units per second capacity", "busy"],
    [3, "execution reverted", "refused"],
  ])("%i %s", (code, message, problem) => {
    expect(problemOf({ code, message })).toBe(problem);
  });
});
