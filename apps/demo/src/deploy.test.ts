import { type Chain, startChain } from "@vigia/testkit";
import { deployReferenceContract } from "./deploy.ts";

describe("deploying the reference contract", () => {
  let chain: Chain;

  beforeAll(async () => {
    chain = await startChain();
  });

  afterAll(async () => {
    await chain?.stop();
  });

  it("puts it at the known addresses of a fresh chain, and keeps it when asked again", async () => {
    await chain.provider.send("anvil_reset", []);
    const known = {
      address: "0x5FbDB2315678afecb367f032d93F642f64180aa3",
      tokenAddress: "0xe7f1725E7734CE288F8367e1Bb143E90bb3F0512",
    };

    expect(await deployReferenceContract({ rpcUrl: chain.rpcUrl })).toEqual({ ...known, startBlock: 1 });
    expect(await chain.headBlock()).toBe(2);
    expect(await deployReferenceContract({ rpcUrl: chain.rpcUrl })).toEqual({ ...known, startBlock: 0 });
    expect(await chain.headBlock()).toBe(2);
  });

  it("says so when there is no chain", async () => {
    await expect(deployReferenceContract({ rpcUrl: "http://127.0.0.1:1" })).rejects.toThrow("fetch failed");
  });
});
