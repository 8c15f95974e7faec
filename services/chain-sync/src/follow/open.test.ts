import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { createLogger } from "@vigia/runtime";
import { type Chain, startChain } from "@vigia/testkit";
import { settings } from "../settings.ts";
import { openOne } from "../testing/open-one.ts";

/** As many as the client tries before it gives up once. */
const REFUSALS = 4;

describe("openFollowed", () => {
  let chain: Chain;
  let server: Server;
  let exchanges = 0;

  beforeAll(async () => {
    chain = await startChain();
    server = createServer((request, response) => {
      exchanges += 1;
      if (exchanges <= REFUSALS) {
        response.writeHead(503).end();
        return;
      }
      void text(request)
        .then((body) => fetch(chain.rpcUrl, { method: "POST", headers: { "content-type": "application/json" }, body }))
        .then(async (answer) => response.end(await answer.text()));
    });
    await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  });
  afterAll(async () => {
    server.closeAllConnections();
    server.close();
    await chain.stop();
  });

  it("waits for an endpoint that is away", async () => {
    const values = settings.parse({
      CHAIN_ID: "31337",
      CHAIN_RPC_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      ESCROW_ADDRESS: chain.escrowAddress,
    });
    const followed = await openOne(values, createLogger("open-test", "fatal"));
    expect(followed).toMatchObject({ chainId: 31337, contract: chain.escrowAddress.toLowerCase(), startBlock: 0 });
    expect(exchanges).toBeGreaterThan(REFUSALS);
  });
});
