import { type EscrowState, escrowArtifact } from "@vigia/contracts";
import { type Block, Interface, type Log, type LogDescription } from "ethers";
import type { Chain } from "./chain.ts";

/** What a plain reading of the canonical chain, by ethers alone, says of the reference contract. */
export interface PlainIndex {
  readonly logs: readonly PlainLog[];
  readonly escrows: readonly PlainEscrow[];
}

export interface PlainLog {
  readonly blockNumber: number;
  readonly logIndex: number;
  readonly blockHash: string;
  readonly transactionHash: string;
  readonly event: string;
  readonly escrowId: string;
  readonly arguments: Readonly<Record<string, string>>;
  readonly minedAt: string;
}

export interface PlainEscrow {
  readonly escrowId: string;
  readonly state: EscrowState;
  readonly seller: string;
  readonly buyer: string;
  readonly token: string;
  readonly amount: string;
  readonly balance: string;
  readonly createdBlock: number;
  readonly updatedBlock: number;
  readonly updatedLog: number;
  readonly since: string;
}

const STATES: Readonly<Record<string, EscrowState>> = {
  EscrowCreated: "PendingDeposit",
  EscrowFunded: "Funded",
  EscrowLocked: "Locked",
  EscrowReleased: "Released",
  EscrowRefunded: "Refunded",
  EscrowCancelledByBuyer: "CancelledByBuyer",
  EscrowCancelledBySeller: "CancelledBySeller",
  EscrowExpired: "Refunded",
  EscrowDisputed: "Disputed",
  EscrowResolvedToBuyer: "ResolvedBuyer",
  EscrowResolvedToSeller: "ResolvedSeller",
  EscrowSplit: "Split",
};
/** Where an event of the reference contract leads. */
export function stateAfter(event: string): EscrowState {
  const state = STATES[event];
  if (!state) throw new Error(`The event ${event} has no state.`);
  return state;
}

const HOLDING: ReadonlySet<EscrowState> = new Set<EscrowState>(["Funded", "Locked", "Disputed"]);

/** Indexes the contract anew, from its first block to `toBlock`, as simply as can be: the measure for every other. */
export async function indexPlainly(chain: Chain, toBlock: number): Promise<PlainIndex> {
  const { provider, escrowAddress: address, startBlock: fromBlock } = chain;
  if (toBlock < fromBlock) return { logs: [], escrows: [] };
  const contract = new Interface(escrowArtifact.abi);
  const logs: PlainLog[] = [];
  const escrows = new Map<string, PlainEscrow>();
  const blocks = new Map<number, Block>();
  for (const log of await provider.getLogs({ address, fromBlock, toBlock })) {
    const description = contract.parseLog(log);
    if (!description) throw new Error(`Log ${log.index} of block ${log.blockNumber} is of no known event.`);
    const block = blocks.get(log.blockNumber) ?? (await blockOf(chain, log.blockNumber));
    blocks.set(log.blockNumber, block);
    const plain = plainLog(log, description, new Date(block.timestamp * 1_000).toISOString());
    logs.push(plain);
    escrows.set(plain.escrowId, after(escrows.get(plain.escrowId), plain));
  }
  return { logs, escrows: [...escrows.values()].sort((one, other) => (one.escrowId < other.escrowId ? -1 : 1)) };
}

async function blockOf({ provider }: Chain, number: number): Promise<Block> {
  const block = await provider.getBlock(number);
  if (!block) throw new Error(`There is no block ${number}.`);
  return block;
}

function plainLog(log: Log, { name, fragment, args }: LogDescription, minedAt: string): PlainLog {
  const values = fragment.inputs.map((input, index): [string, string] => [
    input.name,
    String(args[index]).toLowerCase(),
  ]);
  const named = Object.fromEntries(values);
  return {
    blockNumber: log.blockNumber,
    logIndex: log.index,
    blockHash: log.blockHash,
    transactionHash: log.transactionHash,
    event: name,
    escrowId: named.id ?? "",
    arguments: named,
    minedAt,
  };
}

function after(before: PlainEscrow | undefined, log: PlainLog): PlainEscrow {
  const { seller = "", buyer = "", token = "", amount = "" } = before ?? log.arguments;
  const state = stateAfter(log.event);
  return {
    escrowId: log.escrowId,
    state,
    seller,
    buyer,
    token,
    amount,
    balance: HOLDING.has(state) ? amount : "0",
    createdBlock: before?.createdBlock ?? log.blockNumber,
    updatedBlock: log.blockNumber,
    updatedLog: log.logIndex,
    since: log.minedAt,
  };
}
