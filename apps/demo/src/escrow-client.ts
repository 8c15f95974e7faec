import { ESCROW_STATES, type EscrowState, escrowArtifact, tokenArtifact } from "@vigia/contracts";
import { Contract, id as hash, MaxUint256, ZeroAddress } from "ethers";
import { connectToChain } from "./rpc.ts";

const SECONDS_PER_DAY = 86_400;

/** What an escrow is created for. Addresses are 0x-hex; the zero address as token is the chain's own coin. */
export interface EscrowTerms {
  readonly tradeKey: string;
  readonly sellerAddress: string;
  readonly buyerAddress: string;
  readonly token: string;
  readonly amount: bigint;
}

/** The calls that need nothing but the escrow's id, and who makes them. */
const SIGNERS = {
  lock: "seller",
  release: "seller",
  refund: "buyer",
  cancelByBuyer: "buyer",
  cancelBySeller: "seller",
  dispute: "buyer",
  beneficiaryWithdraw: "seller",
} as const;

export type PartyCall = keyof typeof SIGNERS;

/** The escrow contract as the marketplace's users call it, each from an unlocked account of the dev node. */
export interface EscrowClient {
  readonly chainId: number;
  /** Lower case, as all addresses that the marketplace stores. */
  readonly tokenAddress: string;
  /** The dev node's accounts, lower case; the first is the arbiter. */
  readonly accounts: readonly string[];
  /** Each call waits for its receipt and returns the transaction's hash. One that the contract refuses throws. */
  create(terms: EscrowTerms): Promise<string>;
  fund(terms: EscrowTerms): Promise<string>;
  call(name: PartyCall, terms: EscrowTerms): Promise<string>;
  resolve(terms: EscrowTerms, winner: "buyer" | "seller"): Promise<string>;
  /** Gives the buyer a third, rounded down, and the seller the rest. */
  split(terms: EscrowTerms): Promise<string>;
  stateOf(tradeKey: string): Promise<EscrowState>;
  close(): void;
}

/** The id of an order's escrow on the chain: keccak256 of the order's uuid as text. */
export function tradeKeyOf(orderId: string): string {
  return hash(orderId);
}

export async function openEscrowClient(options: {
  readonly rpcUrl: string;
  readonly escrowAddress: string;
  readonly tokenAddress: string;
}): Promise<EscrowClient> {
  const { provider, chainId } = await connectToChain(options.rpcUrl);
  const accounts = (await provider.listAccounts()).map((signer) => signer.address.toLowerCase());
  const escrow = new Contract(options.escrowAddress, [...escrowArtifact.abi], provider);
  const token = new Contract(options.tokenAddress, [...tokenArtifact.abi], provider);

  /** The node gives two transactions that an account sends at the same time the same nonce: so one after another. */
  let previous: Promise<unknown> = Promise.resolve();

  async function send(from: string, contract: Contract, name: string, ...args: unknown[]): Promise<string> {
    const sent = previous.then(async () => {
      const signer = await provider.getSigner(from);
      const transaction = await (contract.connect(signer) as Contract).getFunction(name).send(...args);
      await transaction.wait();
      return transaction.hash;
    });
    previous = sent.catch(() => undefined);
    return await sent;
  }

  /** The arbiter is whoever deployed the contract: the node's first account. */
  async function arbitrate(name: string, ...args: unknown[]): Promise<string> {
    return await send(accounts[0] ?? ZeroAddress, escrow, name, ...args);
  }

  async function provideTokens({ sellerAddress, amount }: EscrowTerms): Promise<void> {
    await send(sellerAddress, token, "mint", sellerAddress, amount);
    const allowed: bigint = await token.getFunction("allowance")(sellerAddress, options.escrowAddress);
    if (allowed < amount) await send(sellerAddress, token, "approve", options.escrowAddress, MaxUint256);
  }

  return {
    chainId,
    tokenAddress: options.tokenAddress.toLowerCase(),
    accounts,
    async create({ tradeKey, sellerAddress, buyerAddress, token, amount }) {
      const now = (await provider.getBlock("latest"))?.timestamp ?? 0;
      const [deposit, end] = [now + SECONDS_PER_DAY, now + 7 * SECONDS_PER_DAY];
      return await send(sellerAddress, escrow, "create", tradeKey, buyerAddress, token, amount, deposit, end);
    },
    async fund(terms) {
      const native = terms.token === ZeroAddress;
      if (!native) await provideTokens(terms);
      return await send(terms.sellerAddress, escrow, "fund", terms.tradeKey, { value: native ? terms.amount : 0n });
    },
    async call(name, terms) {
      const from = SIGNERS[name] === "buyer" ? terms.buyerAddress : terms.sellerAddress;
      return await send(from, escrow, name, terms.tradeKey);
    },
    async resolve({ tradeKey }, winner) {
      return await arbitrate("resolve", tradeKey, winner === "buyer");
    },
    async split({ tradeKey }) {
      const { balance } = await escrow.getFunction("escrowOf")(tradeKey);
      const toBuyer = BigInt(balance) / 3n;
      return await arbitrate("split", tradeKey, toBuyer, BigInt(balance) - toBuyer);
    },
    async stateOf(tradeKey) {
      const { state } = await escrow.getFunction("escrowOf")(tradeKey);
      const name = ESCROW_STATES[Number(state)];
      if (name === undefined) throw new Error(`the contract names a state ${state} that the ABI does not know`);
      return name;
    },
    close() {
      provider.destroy();
    },
  };
}
