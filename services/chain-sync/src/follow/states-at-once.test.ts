import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { type ChainReader, createChainReader, createRpcClient, type StateQuestion } from "@vigia/chain";
import { type Chain, startChain } from "@vigia/testkit";
import { id as hash } from "ethers";
import { deploy, type Foreign } from "../testing/foreign.ts";

const MULTICALL = "0xca11bde05977b3631167028862be2a173976ca11";
const ESCROWS = 1_000;
const NOBODY = `0x${"12".repeat(20)}`;

describe("the state of many escrows", () => {
  let chain: Chain;
  let server: Server;
  let vault: Foreign;
  /** What the endpoint was asked for, by method. */
  let asked: string[];

  beforeAll(async () => {
    chain = await startChain();
    vault = await deploy(chain, "Escrow");
    server = createServer((request, response) => {
      void text(request)
        .then((body) => {
          asked.push(...[JSON.parse(body)].flat().map(({ method }) => method));
          return fetch(chain.rpcUrl, { method: "POST", headers: { "content-type": "application/json" }, body });
        })
        .then(async (answer) => response.end(await answer.text()));
    });
    await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  });
  afterAll(async () => {
    server.closeAllConnections();
    server.close();
    await chain.stop();
  });

  function questions(): StateQuestion[] {
    const deposits = Array.from({ length: ESCROWS }, (_, index) => ({
      to: vault.address,
      data: vault.abi.encodeFunctionData("depositsOf", [`0x${index.toString(16).padStart(40, "0")}`]),
    }));
    const odd: StateQuestion[] = [
      { balanceOf: chain.accounts.seller },
      { codeOf: vault.address },
      { to: NOBODY, data: "0x" },
      // No function of the contract: it reverts.
      { to: vault.address, data: hash("nothing").slice(0, 10) },
    ];
    return [...deposits, ...odd];
  }

  async function read(reader: ChainReader): Promise<(string | undefined)[]> {
    asked = [];
    const block = await chain.provider.getBlock("latest");
    return reader.state(questions(), { number: Number(block?.number), hash: String(block?.hash) });
  }

  it("is read by few calls where Multicall3 is there, and is the same where it is not", async () => {
    const { arbiter } = chain.accounts;
    const holder = `0x${(7).toString(16).padStart(40, "0")}`;
    await vault.act(arbiter, "deposit", [holder], 5n);
    const open = () =>
      createChainReader(createRpcClient({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }));
    const singly = open();
    const one = await read(singly);
    expect(BigInt(one[7] ?? 0)).toBe(5n);
    expect(one.slice(-4).map((answer) => answer?.length)).toEqual([
      expect.any(Number),
      expect.any(Number),
      2,
      undefined,
    ]);
    expect(asked.filter((method) => method === "eth_call").length).toBeGreaterThan(ESCROWS);

    const multicall = await deploy(chain, "Multicall3");
    const code = await chain.provider.getCode(multicall.address);
    await chain.provider.send("anvil_setCode", [MULTICALL, code]);
    // Code that is set becomes part of the next block.
    await chain.mine();
    const together = await read(open());
    expect(together.map(numberOf)).toEqual(one.map(numberOf));
    // Six for all, and the one that failed once more.
    expect(asked.toSorted()).toEqual([...Array.from({ length: 7 }, () => "eth_call"), "eth_getCode"]);
  });
});

/** A balance is a quantity in one answer and a word in the other. */
function numberOf(answer: string | undefined): bigint | string | undefined {
  return answer === undefined || answer.length > 66 || answer === "0x" ? answer : BigInt(answer);
}
