import { OWN_CONTRACT } from "./document.ts";
import { loadProfile } from "./load.ts";
import { compileProfile, type Profile } from "./profile.ts";

const address = (fill: string) => `0x${fill.repeat(20)}`;
const VAULT = address("aa");

/** A market whose money a vault holds, and whose trades may be contracts of their own. */
const document = () => ({
  name: "market",
  abi: [
    "event Opened(address indexed seller, uint256 number, address buyer, uint256 amount)",
    "event DepositMade(address indexed seller, uint256 number, uint256 indexed depositId)",
    "event Ended(uint256 indexed depositId, uint8 how)",
    "event Created(address trade)",
    "event Noted(string text, string indexed hashed, tuple(uint256 id, address who) deal, bool flag)",
    "function dealOf(address seller, uint256 number) view returns (uint8 state, uint256 held)",
    "function total() view returns (uint256 all, uint256 free)",
  ],
  events: {
    Opened: {
      escrow: ["seller", "number"],
      leadsTo: "pending_deposit",
      creates: { seller: "seller", buyer: "buyer", token: "native", amount: "amount" },
    },
    DepositMade: { escrow: ["seller", "number"], leadsTo: "funded" },
    Ended: { escrow: { of: "DepositMade", where: { depositId: "depositId" } }, leadsTo: "released" },
    Created: { announces: { trade: "trade" } },
  },
  contracts: {
    vault: {
      address: VAULT,
      abi: ["event Deposited(uint256 indexed depositId, uint256 amount)"],
      events: {
        Deposited: {
          escrow: { of: "DepositMade", where: { depositId: "depositId" } },
          balance: { adds: "amount" },
        },
      },
    },
    trade: {
      abi: ["event Paid(uint256 amount)"],
      events: { Paid: { escrow: ["$address", "amount"], balance: { takes: "amount" } } },
    },
  },
  state: { call: "dealOf", status: "state", names: { 0: "absent", 1: "as_told" }, balance: "held" },
});

// biome-ignore lint/suspicious/noExplicitAny: documents are spoiled in ways that their types forbid
type Spoil = (spoiled: Record<string, any>) => void;

describe("a profile with mistakes", () => {
  it.each<[string, Spoil, string]>([
    [
      "an event that means something, and does not say for which escrow",
      ({ events }) => delete events.Ended.escrow,
      "events.Ended.escrow: an event that means something",
    ],
    [
      "an id that could hold anything",
      ({ events }) => Object.assign(events, { Noted: { escrow: "text" } }),
      'events.Noted.escrow: "text" is of type string, which cannot be used here',
    ],
    [
      "an argument of which the chain holds a hash alone",
      ({ events }) =>
        Object.assign(events, { Noted: { escrow: "deal.id", leadsTo: [{ to: "split", when: { hashed: "x" } }] } }),
      'events.Noted.leadsTo.0.when.hashed: "hashed" is indexed, so that the chain holds no more than its hash',
    ],
    [
      "a member that a tuple lacks",
      ({ events }) => Object.assign(events, { Noted: { escrow: "deal.number" } }),
      'events.Noted.escrow: the event Noted has no argument "deal.number" (it has text, hashed, deal, flag)',
    ],
    [
      "a join over an event that is not there",
      ({ events }) => Object.assign(events.Ended.escrow, { of: "vault.Made" }),
      'events.Ended.escrow.of: the profile has no event "vault.Made"',
    ],
    [
      "a join over a join",
      ({ events }) => Object.assign(events.Ended.escrow, { of: "vault.Deposited" }),
      "events.Ended.escrow.of: the event vault.Deposited does not name its escrow itself",
    ],
    [
      "a join by an argument that the other event lacks",
      ({ events }) => Object.assign(events.Ended.escrow, { where: { id: "depositId" } }),
      'events.Ended.escrow.where.id: the event DepositMade has no argument "id"',
    ],
    [
      "a join by an argument that the event lacks",
      ({ contracts }) => Object.assign(contracts.vault.events.Deposited.escrow, { where: { depositId: "id" } }),
      'contracts.vault.events.Deposited.escrow.where.depositId: the event Deposited has no argument "id"',
    ],
    [
      "a join by nothing",
      ({ events }) => Object.assign(events.Ended.escrow, { where: {} }),
      "events.Ended.escrow.where: must name at least one argument of DepositMade",
    ],
    [
      "a transition by an argument that the event lacks",
      ({ events }) => Object.assign(events.Ended, { leadsTo: [{ to: "released", when: { kind: 1 } }] }),
      'events.Ended.leadsTo.0.when.kind: the event Ended has no argument "kind" (it has depositId, how)',
    ],
    [
      "a transition that hides another",
      ({ events }) =>
        Object.assign(events.Ended, { leadsTo: [{ to: "released" }, { to: "refunded", when: { how: 1 } }] }),
      "events.Ended.leadsTo.0: always fits",
    ],
    [
      "a state before that nobody knows",
      ({ events }) => Object.assign(events.Ended, { leadsTo: [{ to: "released", from: "fundde" }] }),
      "events.Ended.leadsTo.0.from: ",
    ],
    [
      "a balance by what is no amount",
      ({ events }) => Object.assign(events.Ended, { balance: { takes: ["how", "seller"] } }),
      'events.Ended.balance.takes: the event Ended has no argument "seller"',
    ],
    [
      "a token that is none",
      ({ events }) => Object.assign(events.Opened.creates, { token: "amount" }),
      'events.Opened.creates.token: "amount" is of type uint256, which cannot be used here',
    ],
    [
      "a party that is no address",
      ({ events }) => Object.assign(events.Opened.creates, { buyer: "12" }),
      'events.Opened.creates.buyer: "12" cannot be used here',
    ],
    [
      "an announcement of nothing that is known",
      ({ events }) => Object.assign(events.Created, { announces: { trade: "trade", deal: "trade" } }),
      'events.Created.announces.deal: there is no "deal" among the contracts',
    ],
    [
      "an announced contract with an address",
      ({ contracts }) => Object.assign(contracts.trade, { address: VAULT }),
      "contracts.trade.address: events announce it, so it must not have one",
    ],
    [
      "a contract that is nowhere",
      ({ contracts }) => delete contracts.vault.address,
      "contracts.vault.address: no event announces it, so it must say where it is",
    ],
    [
      "an address that is none",
      ({ contracts }) => Object.assign(contracts.vault, { address: "0x12" }),
      'contracts.vault.address: "0x12" is not an address',
    ],
    [
      "an id that several contracts may have",
      ({ contracts }) => Object.assign(contracts.trade.events.Paid, { escrow: "amount" }),
      "contracts.trade.events.Paid.escrow: several contracts of this kind may have an escrow of this name",
    ],
    [
      "an event of which the ABI has several",
      ({ abi }) => abi.push("event Ended(uint256 indexed depositId)"),
      'events.Ended: the ABI has several events "Ended": name it as Ended(uint256,uint8) or Ended(uint256)',
    ],
    [
      "an ABI that cannot be read",
      ({ contracts }) => contracts.vault.abi.push("event Half("),
      "contracts.vault.abi.1: ",
    ],
    [
      "a state that is told by another kind of contract",
      ({ state }) => Object.assign(state, { of: "tresor" }),
      'state.of: there is no "tresor" among the contracts',
    ],
    [
      "a state of an announced contract whose address is not told",
      ({ state, contracts }) => {
        contracts.trade.abi.push(
          "function dealOf(address seller, uint256 number) view returns (uint8 state, uint256 held)",
        );
        state.of = "trade";
      },
      "state.at: Opened creates an escrow elsewhere: say where its trade is",
    ],
    [
      "an address of what is known",
      ({ state }) => Object.assign(state, { at: "seller" }),
      "state.at: it is known where the contract is",
    ],
    [
      "a call with fewer arguments than the id has parts",
      ({ events }) => Object.assign(events.Opened, { escrow: "number" }),
      'state.call: "dealOf" takes 2 arguments, and the escrow\'s id in Opened has 1: name them',
    ],
    [
      "a call with arguments of other types",
      ({ state }) => Object.assign(state, { arguments: ["amount", "number"] }),
      'state.arguments.0: "amount" is of type uint256, which cannot be used here',
    ],
    [
      "a call with too few arguments",
      ({ state }) => Object.assign(state, { arguments: ["seller"] }),
      'state.arguments: "dealOf" takes 2, not 1',
    ],
    [
      "a status without a meaning",
      ({ state }) => delete state.names,
      "state.names: the status must be given a meaning",
    ],
    [
      "a meaning without a status",
      ({ state }) => delete state.status,
      "state.names: there is no status that they could name",
    ],
    [
      "a meaning by a balance that is not read",
      ({ state }) => {
        state.names[1] = { empty: "released", holding: "funded" };
        delete state.balance;
      },
      "state.balance: what having or not having one means is said, but not where it is read",
    ],
    [
      "a balance that is one of several outputs",
      ({ state }) => Object.assign(state, { balance: { call: "total", arguments: [] } }),
      'state.balance.output: "total" returns more than an amount: say which of it is the balance',
    ],
    [
      "a token's balance of what is no address",
      ({ state }) => Object.assign(state, { balance: { token: "native", of: "amount" } }),
      'state.balance.of: "amount" is of type uint256, which cannot be used here',
    ],
    ["a state that reads nothing", (spoiled) => Object.assign(spoiled, { state: {} }), "state: must say where"],
  ])("is told of %s", (_case, spoil, mistake) => {
    const spoiled = structuredClone(document());
    spoil(spoiled);
    expect(compileProfile(spoiled)).toEqual({ ok: false, mistakes: [expect.stringContaining(mistake)] });
  });
});

describe("a profile of several contracts", () => {
  const compiled = (): Profile => {
    const outcome = compileProfile(document());
    if (!outcome.ok) throw new Error(outcome.mistakes.join());
    return outcome.profile;
  };

  it("knows where they are, and what is announced", () => {
    expect(compiled()).toMatchObject({ announces: true, creating: ["Opened"] });
    expect([...compiled().places]).toEqual([[VAULT, "vault"]]);
  });

  it("reads no event of one as another's", () => {
    const profile = compiled();
    const topic = profile.topics.find((each) => profile.decode(deposited(each), "vault").event === "vault.Deposited");
    const log = deposited(topic ?? "");
    expect(profile.decode(log, "vault")).toMatchObject({ escrowId: null, linkKey: "DepositMade(depositId)=7" });
    expect(profile.decode(log, OWN_CONTRACT)).toMatchObject({ event: topic, escrowId: null, linkKey: null });
  });

  function deposited(topic: string) {
    const word = (value: bigint) => `0x${value.toString(16).padStart(64, "0")}`;
    return { address: VAULT, topics: [topic, word(7n)], data: word(100n) };
  }

  it("takes addresses from whoever follows it, and no others", () => {
    const { vault, ...others } = document().contracts;
    const { address: _address, ...placeless } = vault;
    const given = { ...document(), contracts: { vault: placeless, ...others } };
    expect(compileProfile(given).ok).toBe(false);
    expect(compileProfile(given, { vault: VAULT }).ok).toBe(true);
    expect(compileProfile(given, { vault: VAULT, chest: VAULT })).toEqual({
      ok: false,
      mistakes: ['contracts: there is no "chest" among them'],
    });
  });
});

describe("the shipped profiles", () => {
  it.each(["reference", "openzeppelin-escrow", "openzeppelin-refund-escrow"])("%s is fit", async (name) => {
    expect(await loadProfile(name)).toMatchObject({ ok: true });
  });
});
