import { randomBytes } from "node:crypto";
import { ESCROW_STATES, type EscrowState, escrowArtifact, tokenArtifact } from "@vigia/contracts";
import { hexlify, Interface, type JsonRpcProvider, type TransactionReceipt, ZeroAddress } from "ethers";
import type { Accounts, Call } from "./chain.ts";

/** Far enough that no test reaches it by accident: the year 2100, in seconds. */
const FAR_DEADLINE = 4_102_444_800;
const DEFAULT_AMOUNT = 1_000_000n;

export interface NewEscrow {
  /** 32 bytes in hex, the order's trade key; random unless told. */
  readonly id?: string;
  readonly seller?: string;
  readonly buyer?: string;
  /** Absent or the zero address for ether. */
  readonly token?: string;
  /** In the token's smallest unit. */
  readonly amount?: bigint;
  /** Unix time in seconds. */
  readonly depositDeadline?: number;
  /** Unix time in seconds. */
  readonly deadline?: number;
}

export interface OnChainEscrow {
  readonly state: EscrowState;
  readonly seller: string;
  readonly buyer: string;
  readonly token: string;
  readonly amount: bigint;
  readonly balance: bigint;
}

/** The reference contract's calls, each made by the party that may; `by` makes it another. Receipts name the block. */
export interface Escrows {
  createEscrow(escrow?: NewEscrow): Promise<{ readonly id: string; readonly receipt: TransactionReceipt }>;
  /** Mints and approves the tokens first, where the escrow holds a token. */
  fund(id: string): Promise<TransactionReceipt>;
  lock(id: string, by?: string): Promise<TransactionReceipt>;
  release(id: string, by?: string): Promise<TransactionReceipt>;
  refund(id: string, by?: string): Promise<TransactionReceipt>;
  cancelByBuyer(id: string, by?: string): Promise<TransactionReceipt>;
  cancelBySeller(id: string, by?: string): Promise<TransactionReceipt>;
  expire(id: string, by?: string): Promise<TransactionReceipt>;
  dispute(id: string, by?: string): Promise<TransactionReceipt>;
  resolve(id: string, toBuyer: boolean): Promise<TransactionReceipt>;
  split(id: string, toBuyer: bigint, toSeller: bigint): Promise<TransactionReceipt>;
  /** The state change that no event tells. */
  withdrawSilently(id: string): Promise<TransactionReceipt>;
  /** What the contract itself says. */
  escrowOf(id: string): Promise<OnChainEscrow>;
}

interface EscrowPorts {
  readonly provider: JsonRpcProvider;
  readonly accounts: Accounts;
  readonly escrowAddress: string;
  readonly tokenAddress: string;
  readonly transact: (call: Call) => Promise<TransactionReceipt>;
}

export function createEscrows(ports: EscrowPorts): Escrows {
  const { accounts, escrowAddress, provider, transact } = ports;
  const contract = new Interface(escrowArtifact.abi);
  const call = (from: string, name: string, args: readonly unknown[], value?: bigint): Promise<TransactionReceipt> => {
    const data = contract.encodeFunctionData(name, args);
    return transact({ from, to: escrowAddress, data, ...(value === undefined ? {} : { value }) });
  };
  const escrowOf = async (id: string): Promise<OnChainEscrow> => {
    const data = contract.encodeFunctionData("escrowOf", [id]);
    const answer = contract.decodeFunctionResult("escrowOf", await provider.call({ to: escrowAddress, data }));
    return readEscrow(answer.toArray());
  };
  const asSeller = (name: string) => async (id: string, by?: string) =>
    call(by ?? (await escrowOf(id)).seller, name, [id]);
  const asBuyer = (name: string) => async (id: string, by?: string) =>
    call(by ?? (await escrowOf(id)).buyer, name, [id]);

  return {
    createEscrow: async (escrow = {}) => {
      const id = escrow.id ?? hexlify(randomBytes(32));
      const args = [
        ...[id, escrow.buyer ?? accounts.buyer, escrow.token ?? ZeroAddress, escrow.amount ?? DEFAULT_AMOUNT],
        ...[escrow.depositDeadline ?? FAR_DEADLINE, escrow.deadline ?? FAR_DEADLINE],
      ];
      return { id, receipt: await call(escrow.seller ?? accounts.seller, "create", args) };
    },
    fund: async (id) => {
      const { seller, token, amount } = await escrowOf(id);
      if (token === ZeroAddress) return call(seller, "fund", [id], amount);
      await provideTokens(ports, token, seller, amount);
      return call(seller, "fund", [id]);
    },
    lock: asSeller("lock"),
    release: asSeller("release"),
    refund: asBuyer("refund"),
    cancelByBuyer: asBuyer("cancelByBuyer"),
    cancelBySeller: asSeller("cancelBySeller"),
    expire: (id, by = accounts.stranger) => call(by, "expire", [id]),
    dispute: asBuyer("dispute"),
    resolve: (id, toBuyer) => call(accounts.arbiter, "resolve", [id, toBuyer]),
    split: (id, toBuyer, toSeller) => call(accounts.arbiter, "split", [id, toBuyer, toSeller]),
    withdrawSilently: asSeller("beneficiaryWithdraw"),
    escrowOf,
  };
}

async function provideTokens(ports: EscrowPorts, token: string, owner: string, amount: bigint): Promise<void> {
  const erc20 = new Interface(tokenArtifact.abi);
  await ports.transact({ from: owner, to: token, data: erc20.encodeFunctionData("mint", [owner, amount]) });
  const data = erc20.encodeFunctionData("approve", [ports.escrowAddress, amount]);
  await ports.transact({ from: owner, to: token, data });
}

function readEscrow(fields: readonly unknown[]): OnChainEscrow {
  const [state, seller, buyer, token, amount, balance] = fields;
  const name = ESCROW_STATES[Number(state)];
  if (name === undefined)
    throw new Error(`The contract names a state ${String(state)} that its artefact does not have.`);
  return {
    state: name,
    seller: String(seller),
    buyer: String(buyer),
    token: String(token),
    amount: BigInt(String(amount)),
    balance: BigInt(String(balance)),
  };
}
