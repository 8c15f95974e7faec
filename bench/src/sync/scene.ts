import { join } from "node:path";
import { escrowArtifact } from "@vigia/contracts";
import { compileFiles } from "@vigia/contracts/compiler";
import { type ServerHandle, startAnvil } from "@vigia/servers";
import { AbiCoder, concat, Interface, JsonRpcProvider, keccak256 } from "ethers";

/** Escrows that a block creates; each has a further event in three later blocks. */
const BATCH = 26;
/** Blocks between two events of one escrow. Those whose life is not over at the end are the live ones. */
const STRIDE = 13;
const REPORT_EVERY = 500;
const GAS_LIMIT = 30_000_000;
const WEALTH = `0x${(10n ** 24n).toString(16)}`;
/** Long ago, in seconds: what ended lately is reconciled as well, and here nothing did. */
const BEGAN_AT = 1_700_000_000;
const STATUSES = [
  "absent",
  "pending_deposit",
  "funded",
  "locked",
  "released",
  "refunded",
  "cancelled_by_buyer",
  "cancelled_by_seller",
];

/** A chain with a known number of escrow events, and what the contract says of each escrow in the end. */
export interface SyncScene {
  readonly rpcUrl: string;
  readonly chainId: number;
  /** Lower case. */
  readonly contract: string;
  readonly startBlock: number;
  readonly headBlock: number;
  readonly events: number;
  /** Status and balance by id, read from the contract. */
  readonly escrows: ReadonlyMap<string, string>;
  stop(): Promise<void>;
}

export function stateText(status: string, balance: string): string {
  return `${status} ${balance}`;
}

/** Mines at least so many events of the reference contract, some hundred in a block. */
export async function mineEscrows(dir: string, wanted: number, report: (line: string) => void): Promise<SyncScene> {
  const chainId = 31337;
  const anvil = await startAnvil({ dir, chainId, persistent: false, args: ["--timestamp", String(BEGAN_AT)] });
  const provider = new JsonRpcProvider(anvil.url, chainId, { staticNetwork: true, cacheTimeout: -1, batchMaxCount: 1 });
  const stop = async () => {
    provider.destroy();
    await anvil.stop();
  };
  try {
    return { ...(await mine(anvil, provider, wanted, report)), chainId, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function mine(
  anvil: ServerHandle,
  provider: JsonRpcProvider,
  wanted: number,
  report: (line: string) => void,
): Promise<Omit<SyncScene, "stop" | "chainId">> {
  const [owner = "", buyer = ""] = (await provider.send("eth_accounts", [])) as string[];
  const [artifact] = compileFiles([join(__dirname, "../../src/sync/BatchSeller.sol")]);
  if (!artifact) throw new Error("the compiler returned nothing");
  const batches = new Interface(artifact.abi);
  const deploy = async (data: string) => {
    const hash = await provider.send("eth_sendTransaction", [{ from: owner, data }]);
    const receipt = await provider.waitForTransaction(hash);
    if (!receipt?.contractAddress) throw new Error("a contract could not be deployed");
    return { address: receipt.contractAddress, block: receipt.blockNumber };
  };
  const escrow = await deploy(
    concat([escrowArtifact.bytecode, AbiCoder.defaultAbiCoder().encode(["address"], [owner])]),
  );
  const seller = await deploy(artifact.bytecode);
  await provider.send("anvil_setBalance", [seller.address, WEALTH]);
  await provider.send("evm_setAutomine", [false]);

  let events = 0;
  let batch = 0;
  for (; events < wanted; batch += 1) {
    const data = batches.encodeFunctionData("turn", [escrow.address, buyer, batch, BATCH, STRIDE]);
    const call = { from: owner, to: seller.address, data, gas: `0x${GAS_LIMIT.toString(16)}` };
    await provider.send("eth_sendTransaction", [call]);
    await provider.send("anvil_mine", ["0x1"]);
    events += eventsOf(batch);
    if (batch % REPORT_EVERY === 0) report(`${events} of ${wanted} events are mined`);
  }
  const headBlock = await provider.getBlockNumber();
  const escrows = await readAll(provider, batches, { seller: seller.address, escrow: escrow.address }, batch);
  const contract = escrow.address.toLowerCase();
  return { rpcUrl: anvil.url, contract, startBlock: escrow.block, headBlock, events, escrows };
}

/** Of the block that creates this batch. */
function eventsOf(batch: number): number {
  const cancelled = Math.floor(BATCH / 10);
  const ages = [BATCH, BATCH, BATCH, BATCH - cancelled];
  return ages.reduce((sum, count, age) => (batch >= age * STRIDE ? sum + count : sum), 0);
}

async function readAll(
  provider: JsonRpcProvider,
  batches: Interface,
  { seller, escrow }: { readonly seller: string; readonly escrow: string },
  count: number,
): Promise<Map<string, string>> {
  const escrows = new Map<string, string>();
  for (let batch = 0; batch < count; batch += 1) {
    const data = batches.encodeFunctionData("read", [escrow, batch, BATCH]);
    const [states, balances] = batches.decodeFunctionResult("read", await provider.call({ to: seller, data }));
    for (let index = 0; index < BATCH; index += 1) {
      const id = keccak256(AbiCoder.defaultAbiCoder().encode(["uint256", "uint256"], [batch, index]));
      escrows.set(id, stateText(STATUSES[Number(states[index])] ?? "unknown", String(balances[index])));
    }
  }
  return escrows;
}
