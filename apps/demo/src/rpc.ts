import { JsonRpcProvider, Network } from "ethers";

const CHAIN_ID_TIMEOUT_MS = 5_000;
const POLLING_INTERVAL_MS = 100;

/**
 * Connects to a chain. Its id is asked for once, by hand: ethers' own detection retries for ever, and prints.
 *
 * @throws Error when the endpoint does not answer; a later attempt may succeed.
 */
export async function connectToChain(rpcUrl: string): Promise<{ provider: JsonRpcProvider; chainId: number }> {
  const response = await fetch(rpcUrl, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ jsonrpc: "2.0", id: 1, method: "eth_chainId", params: [] }),
    signal: AbortSignal.timeout(CHAIN_ID_TIMEOUT_MS),
  });
  const { result } = (await response.json()) as { result?: string };
  if (result === undefined) throw new Error("the chain's endpoint did not tell its chain id");
  const network = Network.from(BigInt(result));
  const provider = new JsonRpcProvider(rpcUrl, network, { staticNetwork: network, batchMaxCount: 1, cacheTimeout: -1 });
  provider.pollingInterval = POLLING_INTERVAL_MS;
  return { provider, chainId: Number(network.chainId) };
}
