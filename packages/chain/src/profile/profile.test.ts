import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ESCROW_STATES, escrowArtifact } from "@vigia/contracts";
import { Interface } from "ethers";
import { parse } from "yaml";
import { OWN_CONTRACT } from "./document.ts";
import { compileProfile } from "./profile.ts";
import type { ProfileDocument } from "./schema.ts";

const text = readFileSync(join(__dirname, "..", "..", "profiles", "reference.yaml"), "utf8");
const reference = (): ProfileDocument => parse(text);

describe("the reference profile", () => {
  it("speaks of the contract as it was compiled", () => {
    const compiled = new Interface(escrowArtifact.abi);
    const own = new Interface(reference().abi);
    const events = (abi: Interface) =>
      abi.fragments.filter(({ type }) => type === "event").map((event) => event.format("full"));
    expect(events(own).toSorted()).toEqual(events(compiled).toSorted());
    expect(own.getFunction("escrowOf")?.format("full")).toBe(compiled.getFunction("escrowOf")?.format("full"));
  });

  it("has a rule for every event and every state of the contract", () => {
    const { events, state } = reference();
    const compiled = new Interface(escrowArtifact.abi);
    const names: string[] = [];
    compiled.forEachEvent(({ name }) => names.push(name));
    expect(Object.keys(events).toSorted()).toEqual(names.toSorted());
    expect([state?.names ?? []].flat().flatMap((entry) => Object.keys(entry))).toEqual(ESCROW_STATES);
  });

  it("keeps a log that it cannot read as it came", () => {
    const outcome = compileProfile(reference());
    if (!outcome.ok) throw new Error(outcome.mistakes.join());
    const { profile } = outcome;
    const unknown = { topics: [`0x${"ab".repeat(32)}`], data: "0x1234" };
    const none = { address: "0xc0", escrowId: null, linkKey: null };
    const told = profile.decode({ address: "0xc0", ...unknown }, OWN_CONTRACT);
    expect(told).toEqual({ ...none, event: unknown.topics[0], arguments: unknown });
    expect(profile.decode({ address: "0xc0", topics: [], data: "0x" }, OWN_CONTRACT)).toMatchObject({ event: "0x" });
  });
});

describe("a profile with mistakes", () => {
  type Spoil = (document: Record<string, never> & ProfileDocument) => void;
  const spoiled: [string, Spoil, string][] = [
    [
      "an event that the ABI lacks",
      ({ events }) => Object.assign(events, { Lost: { escrow: "id" } }),
      `events.Lost: the ABI has no event "Lost"`,
    ],
    [
      "an argument that the event lacks",
      ({ events }) => Object.assign(events, { EscrowFunded: { escrow: "key", leadsTo: "funded" } }),
      `events.EscrowFunded.escrow: the event EscrowFunded has no argument "key" (it has id, amount)`,
    ],
    [
      "an amount that is none",
      ({ events }) => Object.assign(events, { EscrowLocked: { escrow: "id", balance: { takes: "by" } } }),
      `events.EscrowLocked.balance.takes: "by" is of type address, which cannot be used here`,
    ],
    [
      "a state that nobody knows",
      ({ events }) => Object.assign(events, { EscrowLocked: { escrow: "id", leadsTo: "lokced" } }),
      "events.EscrowLocked.leadsTo: ",
    ],
    [
      "a field that nobody knows",
      ({ events }) => Object.assign(events, { EscrowLocked: { escrow: "id", leadTo: "locked" } }),
      "events.EscrowLocked: ",
    ],
    [
      "no event that creates",
      ({ events }) => Object.assign(events, { EscrowCreated: { escrow: "id", leadsTo: "pending_deposit" } }),
      "events: none of them creates an escrow",
    ],
    [
      "a call that the ABI lacks",
      ({ state = {} }) => Object.assign(state, { call: "stateOf" }),
      `state.call: the ABI has no`,
    ],
    [
      "an output that the call lacks",
      ({ state = {} }) => Object.assign(state, { balance: "rest" }),
      `state.balance: the function escrowOf returns no "rest"`,
    ],
    ["an ABI that cannot be read", ({ abi }) => abi.push("event Half("), "abi.13: "],
  ];

  it.each(spoiled)("is told of %s", (_case, spoil, mistake) => {
    const document = reference();
    spoil(document as never);
    expect(compileProfile(document)).toEqual({ ok: false, mistakes: [expect.stringContaining(mistake)] });
  });

  it("is told of all of them at once", () => {
    const document = reference();
    Object.assign(document.events, { Lost: { escrow: "id" }, EscrowLocked: { escrow: "key" } });
    expect(compileProfile(document)).toMatchObject({ mistakes: [expect.any(String), expect.any(String)] });
  });
});
