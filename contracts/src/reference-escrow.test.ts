import { type Chain, startChain } from "@vigia/testkit";
import {
  Contract,
  ContractFactory,
  type ContractTransactionReceipt,
  id,
  isCallException,
  type JsonRpcProvider,
  type JsonRpcSigner,
  ZeroAddress,
} from "ethers";
import { ESCROW_STATES, type EscrowState, escrowArtifact, tokenArtifact } from "./index.ts";

type Party = "arbiter" | "seller" | "buyer" | "stranger";
type Step = readonly [by: Party, call: string, ...args: unknown[]];

interface LifeCycle {
  readonly name: string;
  readonly steps: readonly Step[];
  readonly state: EscrowState;
  readonly events: readonly string[];
  readonly toBuyer: bigint;
  readonly toSeller: bigint;
}

const AMOUNT = 1_000_000n;
const HOUR_SECONDS = 3600;
const FUND: Step = ["seller", "fund"];
const LOCK: Step = ["seller", "lock"];
const DISPUTE: Step = ["buyer", "dispute"];
const PAST_DEADLINE: Step = ["stranger", "(an hour passes)"];

/** What is paid out at the end, and the events after `EscrowCreated`, for each way through the contract. */
const LIFE_CYCLES: readonly LifeCycle[] = [
  cycle("released", [FUND, LOCK, ["seller", "release"]], "Released", ["Funded", "Locked", "Released"], AMOUNT, 0n),
  cycle("refunded", [FUND, ["buyer", "lock"], ["buyer", "refund"]], "Refunded", ["Funded", "Locked", "Refunded"]),
  cycle(
    "cancelled by the buyer, unfunded",
    [["buyer", "cancelByBuyer"]],
    "CancelledByBuyer",
    ["CancelledByBuyer"],
    0n,
    0n,
  ),
  cycle("cancelled by the buyer", [FUND, ["buyer", "cancelByBuyer"]], "CancelledByBuyer", [
    "Funded",
    "CancelledByBuyer",
  ]),
  cycle(
    "cancelled by the seller, unfunded",
    [["seller", "cancelBySeller"]],
    "CancelledBySeller",
    ["CancelledBySeller"],
    0n,
    0n,
  ),
  cycle("cancelled by the seller", [FUND, ["seller", "cancelBySeller"]], "CancelledBySeller", [
    "Funded",
    "CancelledBySeller",
  ]),
  cycle("expired, funded", [FUND, PAST_DEADLINE, ["stranger", "expire"]], "Refunded", ["Funded", "Expired"]),
  cycle("expired, locked", [FUND, LOCK, PAST_DEADLINE, ["stranger", "expire"]], "Refunded", [
    "Funded",
    "Locked",
    "Expired",
  ]),
  cycle(
    "disputed, to the buyer",
    [FUND, LOCK, DISPUTE, ["arbiter", "resolve", true]],
    "ResolvedBuyer",
    ["Funded", "Locked", "Disputed", "ResolvedToBuyer"],
    AMOUNT,
    0n,
  ),
  cycle(
    "disputed before the lock, to the seller",
    [FUND, ["seller", "dispute"], ["arbiter", "resolve", false]],
    "ResolvedSeller",
    ["Funded", "Disputed", "ResolvedToSeller"],
  ),
  cycle(
    "disputed, split",
    [FUND, LOCK, DISPUTE, ["arbiter", "split", 300_000n, 700_000n]],
    "Split",
    ["Funded", "Locked", "Disputed", "Split"],
    300_000n,
    700_000n,
  ),
  cycle("withdrawn without an event", [FUND, ["seller", "beneficiaryWithdraw"]], "Refunded", ["Funded"]),
];

/** Calls that must fail: after these steps, this call, with this error. */
const REFUSALS: readonly (readonly [name: string, steps: readonly Step[], refused: Step, error: string])[] = [
  ["a buyer who funds", [], ["buyer", "fund"], "NotAllowed"],
  ["a deposit past its deadline", [PAST_DEADLINE], FUND, "DepositDeadlinePassed"],
  ["a second deposit", [FUND], FUND, "WrongState"],
  ["a lock without a deposit", [], LOCK, "WrongState"],
  ["a stranger's lock", [FUND], ["stranger", "lock"], "NotAllowed"],
  ["a release before the lock", [FUND], ["seller", "release"], "WrongState"],
  ["the buyer's release", [FUND, LOCK], ["buyer", "release"], "NotAllowed"],
  ["a second release", [FUND, LOCK, ["seller", "release"]], ["seller", "release"], "WrongState"],
  ["the seller's refund", [FUND, LOCK], ["seller", "refund"], "NotAllowed"],
  ["the seller's cancellation after the lock", [FUND, LOCK], ["seller", "cancelBySeller"], "WrongState"],
  ["the buyer's cancellation for the seller", [FUND], ["buyer", "cancelBySeller"], "NotAllowed"],
  ["an expiry before the deadline", [FUND, LOCK], ["stranger", "expire"], "DeadlineNotReached"],
  ["an expiry in a dispute", [FUND, LOCK, DISPUTE, PAST_DEADLINE], ["stranger", "expire"], "WrongState"],
  ["a stranger's dispute", [FUND], ["stranger", "dispute"], "NotAllowed"],
  ["a resolution by a party", [FUND, LOCK, DISPUTE], ["seller", "resolve", false], "NotAllowed"],
  ["a resolution without a dispute", [FUND, LOCK], ["arbiter", "resolve", false], "WrongState"],
  ["a split of more than there is", [FUND, LOCK, DISPUTE], ["arbiter", "split", AMOUNT, 1n], "SplitNotConserved"],
  ["a silent withdrawal after the lock", [FUND, LOCK], ["seller", "beneficiaryWithdraw"], "WrongState"],
];

function cycle(
  name: string,
  steps: readonly Step[],
  state: EscrowState,
  events: readonly string[],
  toBuyer = 0n,
  toSeller = AMOUNT,
): LifeCycle {
  return { name, steps, state, events: events.map((event) => `Escrow${event}`), toBuyer, toSeller };
}

describe("the reference escrow", () => {
  let chain: Chain;
  let provider: JsonRpcProvider;
  let parties: Record<Party, JsonRpcSigner>;
  let escrow: Contract;
  let token: Contract;
  let created = 0;

  beforeAll(async () => {
    chain = await startChain();
    provider = chain.provider;
    provider.pollingInterval = 10;
    const [arbiter, seller, buyer, stranger] = await Promise.all([0, 1, 2, 3].map((n) => provider.getSigner(n)));
    if (!arbiter || !seller || !buyer || !stranger) throw new Error("anvil has no dev accounts");
    parties = { arbiter, seller, buyer, stranger };
    escrow = await deploy(escrowArtifact, arbiter.address);
    token = await deploy(tokenArtifact);
    await send(token, ["seller", "mint", seller.address, AMOUNT * 1_000n]);
    await send(token, ["seller", "approve", await escrow.getAddress(), AMOUNT * 1_000n]);
  });

  afterAll(async () => {
    await chain?.stop();
  });

  async function deploy(artifact: typeof escrowArtifact, ...args: unknown[]): Promise<Contract> {
    const factory = new ContractFactory([...artifact.abi], artifact.bytecode, parties.arbiter);
    const contract = await (await factory.deploy(...args)).waitForDeployment();
    return new Contract(await contract.getAddress(), [...artifact.abi], provider);
  }

  async function send(contract: Contract, [by, call, ...args]: Step): Promise<ContractTransactionReceipt> {
    const sent = await (contract.connect(parties[by]) as Contract).getFunction(call).send(...args);
    const receipt = await sent.wait();
    if (receipt === null) throw new Error(`${call} has no receipt`);
    return receipt;
  }

  /** Creates an escrow of the token, or of ETH, and takes it through the steps. Returns its id and all receipts. */
  async function live(asset: string, steps: readonly Step[]) {
    created += 1;
    const tradeKey = id(`escrow ${created}`);
    const now = (await provider.getBlock("latest"))?.timestamp ?? 0;
    const deadline = now + HOUR_SECONDS;
    const create: Step = ["seller", "create", tradeKey, parties.buyer.address, asset, AMOUNT, deadline, deadline];
    const receipts = [await send(escrow, create)];
    for (const step of steps) {
      const receipt = await act(tradeKey, asset, step);
      if (receipt !== undefined) receipts.push(receipt);
    }
    return { tradeKey, receipts };
  }

  async function act(tradeKey: string, asset: string, step: Step): Promise<ContractTransactionReceipt | undefined> {
    if (step === PAST_DEADLINE) {
      await provider.send("evm_increaseTime", [HOUR_SECONDS + 1]);
      await provider.send("evm_mine", []);
      return undefined;
    }
    const [by, call, ...args] = step;
    const overrides = call === "fund" && asset === ZeroAddress ? [{ value: AMOUNT }] : [];
    return await send(escrow, [by, call, tradeKey, ...args, ...overrides]);
  }

  async function balanceOf(asset: string, owner: string): Promise<bigint> {
    return asset === ZeroAddress ? await provider.getBalance(owner) : await token.getFunction("balanceOf")(owner);
  }

  /** What an account paid for gas in these transactions. */
  function fees(receipts: readonly ContractTransactionReceipt[], owner: string): bigint {
    return receipts.filter((each) => each.from === owner).reduce((sum, each) => sum + each.fee, 0n);
  }

  const assets = [
    ["ETH", () => Promise.resolve(ZeroAddress)],
    ["ERC-20", () => token.getAddress()],
  ] as const;

  describe.each(assets)("with %s", (_name, asset) => {
    it.each(LIFE_CYCLES.map((each) => [each.name, each] as const))("is %s", async (_cycle, wanted) => {
      const token = await asset();
      const { seller, buyer } = parties;
      const contract = await escrow.getAddress();
      const before = await Promise.all([seller.address, buyer.address, contract].map((who) => balanceOf(token, who)));

      const { tradeKey, receipts } = await live(token, wanted.steps);

      const seen = await escrow.getFunction("escrowOf")(tradeKey);
      expect(seen.toArray()).toEqual([
        BigInt(ESCROW_STATES.indexOf(wanted.state)),
        seller.address,
        buyer.address,
        token,
        AMOUNT,
        0n,
      ]);
      const after = await Promise.all([seller.address, buyer.address, contract].map((who) => balanceOf(token, who)));
      const [toSeller = 0n, toBuyer = 0n, left] = after.map((balance, n) => balance - (before[n] ?? 0n));
      const gas = (who: string) => (token === ZeroAddress ? fees(receipts, who) : 0n);
      const deposited = wanted.steps.includes(FUND) ? AMOUNT : 0n;
      expect(toSeller + gas(seller.address)).toBe(wanted.toSeller - deposited);
      expect(toBuyer + gas(buyer.address)).toBe(wanted.toBuyer);
      expect(left).toBe(0n);

      const logs = receipts.flatMap((receipt) => receipt.logs).filter((log) => log.address === contract);
      const events = logs.map((log) => escrow.interface.parseLog(log));
      expect(events.map((event) => event?.name)).toEqual(["EscrowCreated", ...wanted.events]);
      expect(events.map((event) => event?.args.id)).toEqual(events.map(() => tradeKey));
    });
  });

  /** The name of the error with which the contract refuses the call; undefined if it does not. */
  async function refusal([by, call, ...args]: Step): Promise<string | undefined> {
    const asked = (escrow.connect(parties[by]) as Contract).getFunction(call).staticCall(...args);
    return await asked.then(
      () => undefined,
      (error) => (isCallException(error) ? error.revert?.name : String(error)),
    );
  }

  it.each(REFUSALS)("refuses %s", async (_name, steps, [by, call, ...args], error) => {
    const { tradeKey } = await live(ZeroAddress, steps);
    const value = call === "fund" ? [{ value: AMOUNT }] : [];
    expect(await refusal([by, call, tradeKey, ...args, ...value])).toBe(error);
  });

  it("refuses an escrow with a taken id, with one party, without an amount, or with deadlines that have passed", async () => {
    const { tradeKey } = await live(ZeroAddress, []);
    const far = 2 ** 40;
    const [seller, buyer] = [parties.seller.address, parties.buyer.address];
    const create = (...args: unknown[]) => refusal(["seller", "create", ...args]);

    expect(await create(tradeKey, buyer, ZeroAddress, 1n, far, far)).toBe("EscrowExists");
    expect(await create(id("x"), seller, ZeroAddress, 1n, far, far)).toBe("InvalidParties");
    expect(await create(id("x"), ZeroAddress, ZeroAddress, 1n, far, far)).toBe("InvalidParties");
    expect(await create(id("x"), buyer, ZeroAddress, 0n, far, far)).toBe("InvalidAmount");
    expect(await create(id("x"), buyer, ZeroAddress, 1n, 1, far)).toBe("InvalidDeadlines");
    expect(await create(id("x"), buyer, ZeroAddress, 1n, far, far - 1)).toBe("InvalidDeadlines");
    expect(await create(id("x"), buyer, ZeroAddress, 1n, far, far)).toBeUndefined();
  });

  it("refuses a deposit of another value, and ETH for a token's escrow", async () => {
    const inEth = await live(ZeroAddress, []);
    const inTokens = await live(await token.getAddress(), []);
    expect(await refusal(["seller", "fund", inEth.tradeKey, { value: AMOUNT - 1n }])).toBe("WrongDeposit");
    expect(await refusal(["seller", "fund", inTokens.tradeKey, { value: AMOUNT }])).toBe("WrongDeposit");
  });
});
