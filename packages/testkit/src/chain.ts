import { escrowArtifact, tokenArtifact } from "@vigia/contracts";
import { type AnvilOptions, type ServerHandle, startAnvil } from "@vigia/servers";
import { AbiCoder, concat, JsonRpcProvider, type TransactionReceipt } from "ethers";
import { createEscrows, type Escrows } from "./escrows.ts";
import { eventually } from "./eventually.ts";
import { makeServerDir } from "./run.ts";

/** Of the chains of tests, unless told otherwise. */
export const CHAIN_ID = 31337;

/** The dev accounts by what they do in tests; all hold plenty of ether and sign through the node. */
export interface Accounts {
  /** Deploys the contracts and decides disputes. */
  readonly arbiter: string;
  readonly seller: string;
  readonly buyer: string;
  readonly stranger: string;
  /** The rest, for tests with many parties. */
  readonly others: readonly string[];
}

export interface Call {
  readonly from: string;
  /** Absent for a deployment. */
  readonly to?: string;
  readonly data?: string;
  /** In wei. */
  readonly value?: bigint;
}

/** A chain of its own with the reference escrow contract and a test token on it. Every transaction makes a block. */
export interface Chain extends ServerHandle, Escrows {
  readonly rpcUrl: string;
  readonly chainId: number;
  /** Does not cache; ended by `stop`. */
  readonly provider: JsonRpcProvider;
  readonly accounts: Accounts;
  readonly escrowAddress: string;
  readonly tokenAddress: string;
  /** The block of the escrow contract's deployment. */
  readonly startBlock: number;
  headBlock(): Promise<number>;
  /** Sends a transaction without waiting for its block; returns its hash. */
  send(call: Call): Promise<string>;
  /** Sends a transaction and waits until a block holds it. Rejects where it reverts. */
  transact(call: Call): Promise<TransactionReceipt>;
  /** Makes empty blocks at once; returns the head. */
  mine(blocks?: number): Promise<number>;
  /** Whether each transaction makes a block at once. Off, use `send` and `mine`. */
  setAutomine(enabled: boolean): Promise<void>;
  /** The time of the next block and, from there, of those after it. */
  setNextTimestamp(unixSeconds: number): Promise<void>;
  snapshot(): Promise<string>;
  /** Takes the chain back to a snapshot, which is used up by it. */
  revert(snapshot: string): Promise<void>;
  /** Replaces the last blocks by as many empty ones: their transactions are gone and the hashes differ. */
  reorg(depth: number): Promise<void>;
}

/**
 * Starts a chain for one test file. Nothing depends on time: blocks come from transactions and `mine`. Outside jest,
 * `dir` says where its files go.
 */
export async function startChain({
  dir = makeServerDir("anvil"),
  chainId = CHAIN_ID,
  ...options
}: Partial<AnvilOptions> = {}): Promise<Chain> {
  const anvil = await startAnvil({ dir, chainId, persistent: false, ...options });
  const provider = new JsonRpcProvider(anvil.url, chainId, { staticNetwork: true, cacheTimeout: -1 });
  try {
    return await furnish(anvil, provider, chainId);
  } catch (error) {
    provider.destroy();
    await anvil.stop();
    throw error;
  }
}

async function furnish(anvil: ServerHandle, provider: JsonRpcProvider, chainId: number): Promise<Chain> {
  const rpc = (method: string, ...params: unknown[]): Promise<unknown> => provider.send(method, params);
  const send = async (call: Call): Promise<string> => {
    const value = call.value === undefined ? undefined : `0x${call.value.toString(16)}`;
    return String(await rpc("eth_sendTransaction", { ...call, value }));
  };
  const transact = async (call: Call): Promise<TransactionReceipt> => {
    const receipt = await receiptOf(provider, await send(call));
    if (receipt.status !== 1) throw new Error(`Transaction ${receipt.hash} was reverted.`);
    return receipt;
  };
  const headBlock = async (): Promise<number> => Number(await rpc("eth_blockNumber"));

  const accounts = nameAccounts((await rpc("eth_accounts")) as string[]);
  const deploy = async (bytecode: string, constructorArguments = "0x"): Promise<TransactionReceipt> =>
    transact({ from: accounts.arbiter, data: concat([bytecode, constructorArguments]) });
  const escrow = await deploy(
    escrowArtifact.bytecode,
    AbiCoder.defaultAbiCoder().encode(["address"], [accounts.arbiter]),
  );
  const token = await deploy(tokenArtifact.bytecode);
  const addresses = { escrowAddress: addressOf(escrow), tokenAddress: addressOf(token) };

  return Object.assign(keepGetters(anvil), createEscrows({ provider, accounts, transact, ...addresses }), {
    rpcUrl: anvil.url,
    chainId,
    provider,
    accounts,
    ...addresses,
    startBlock: escrow.blockNumber,
    headBlock,
    send,
    transact,
    mine: async (blocks = 1) => {
      await rpc("anvil_mine", `0x${blocks.toString(16)}`);
      return headBlock();
    },
    setAutomine: async (enabled: boolean) => void (await rpc("evm_setAutomine", enabled)),
    setNextTimestamp: async (unixSeconds: number) => void (await rpc("evm_setNextBlockTimestamp", unixSeconds)),
    snapshot: async () => String(await rpc("evm_snapshot")),
    revert: async (snapshot: string) => {
      if ((await rpc("evm_revert", snapshot)) !== true) throw new Error(`There is no snapshot ${snapshot}.`);
    },
    reorg: async (depth: number) => void (await rpc("anvil_reorg", depth, [])),
    stop: async () => {
      provider.destroy();
      await anvil.stop();
    },
  });
}

/** The handle's `pid` changes with a restart, so a copy must ask for it each time. */
function keepGetters(handle: ServerHandle): ServerHandle {
  return Object.create({}, Object.getOwnPropertyDescriptors(handle)) as ServerHandle;
}

async function receiptOf(provider: JsonRpcProvider, hash: string): Promise<TransactionReceipt> {
  return eventually(
    async () => {
      const receipt = await provider.getTransactionReceipt(hash);
      if (receipt === null) throw new Error(`No block holds transaction ${hash}.`);
      return receipt;
    },
    { everyMs: 10 },
  );
}

function nameAccounts(addresses: readonly string[]): Accounts {
  const [arbiter, seller, buyer, stranger, ...others] = addresses;
  if (arbiter === undefined || seller === undefined || buyer === undefined || stranger === undefined) {
    throw new Error(`The chain has ${addresses.length} accounts; four are needed.`);
  }
  return { arbiter, seller, buyer, stranger, others };
}

function addressOf(receipt: TransactionReceipt): string {
  if (receipt.contractAddress === null) throw new Error(`Transaction ${receipt.hash} deployed nothing.`);
  return receipt.contractAddress;
}
