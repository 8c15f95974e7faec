import { ESCROW_STATUSES } from "@vigia/messages";
import { z } from "zod";

/**
 * A value of a log: the name of an argument (`amount`, `order.id` for a member of a tuple), `$address` for the contract
 * that emitted it, or what it is itself: an address, a whole number, `native` for the chain's own coin, `nobody`.
 */
const value = z.string().min(1);
const values = z.union([value, z.array(value).min(1)]);

const status = z.enum(ESCROW_STATUSES);

/**
 * How an event names its escrow: by a value, by several (joined by colons), or as the escrow `of` another event, whose
 * arguments (the keys of `where`) are equal to these values of this event.
 */
const escrowName = z.union([
  values,
  z.strictObject({ of: z.string().min(1), where: z.record(z.string().min(1), value) }),
]);

const literal = z.union([z.string(), z.boolean(), z.int().transform(String)]);

const transition = z.strictObject({
  to: status,
  /** The states before, one of which it must be; `none`: there is none yet. */
  from: z.union([status, z.literal("none"), z.array(z.union([status, z.literal("none")])).min(1)]).optional(),
  /** Arguments that must have this value, or one of these; `$balance` is the escrow's balance after the event. */
  when: z.record(z.string().min(1), z.union([literal, z.array(literal).min(1)])).optional(),
});

const balanceEffect = z.union([
  z.literal("empties"),
  /** Amounts, or lists of amounts, whose sum comes in or goes out. */
  z.strictObject({ adds: values }),
  z.strictObject({ takes: values }),
]);

const eventRule = z.strictObject({
  /** The escrow that the event speaks of; absent where it speaks of none. */
  escrow: escrowName.optional(),
  /** The escrow's state after this event: one, or the first of several that fits; absent where the event leaves it. */
  leadsTo: z.union([status, z.array(transition).min(1)]).optional(),
  /** What the event does to the escrow's balance; absent: nothing. */
  balance: balanceEffect.optional(),
  /** For the event that announces an escrow: who trades what. */
  creates: z.strictObject({ seller: value, buyer: value, token: value, amount: value }).optional(),
  /** Contracts that the event announces: which kind of them, each with the argument that holds its address. */
  announces: z.record(z.string().min(1), value).optional(),
});

const abi = z.array(z.string().min(1)).min(1);
const events = z.record(z.string(), eventRule);

/** Which of our states one of the contract's is; `absent`: the contract does not have the escrow. */
const contractStatus = z.enum([...ESCROW_STATUSES, "absent", "as_told"]);
/** Where the contract's state does not tell enough, what it holds may. `as_told`: what the events say stands. */
const meaning = z.union([contractStatus, z.strictObject({ empty: contractStatus, holding: contractStatus })]);

const callArguments = z.array(value);

const balanceSource = z.union([
  /** An output of the call that gives the state. */
  value,
  /** What this address holds of the chain's own coin. */
  z.strictObject({ native: value }),
  /** What the address `of` holds of a token. */
  z.strictObject({ token: value, of: value }),
  /** What another view function returns. */
  z.strictObject({ call: z.string().min(1), arguments: callArguments.optional(), output: value.optional() }),
]);

const stateSource = z.strictObject({
  /** Which of the profile's contracts tells it; its own unless told. */
  of: z.string().min(1).optional(),
  /** Its address, where an event announces it; the one that emitted the event that created the escrow, unless told. */
  at: value.optional(),
  /** A view function. Its values are those of the event that created the escrow. */
  call: z.string().min(1).optional(),
  /** What it is asked with; the parts of the escrow's id unless told. */
  arguments: callArguments.optional(),
  /** Its output that holds the state. */
  status: value.optional(),
  /** The contract's states, each with ours: in the order of their numbers, or by what the output says. */
  names: z.union([z.array(z.record(z.string(), meaning)).min(1), z.record(z.string(), meaning)]).optional(),
  /** Without a status: what having or not having a balance means. */
  means: z.strictObject({ empty: contractStatus, holding: contractStatus }).optional(),
  balance: balanceSource.optional(),
});

const furtherContract = z.strictObject({
  /** Where it is; absent where events announce it. */
  address: z.string().optional(),
  abi,
  events,
});

export const profileSchema = z.strictObject({
  name: z.string().min(1),
  /** The events and functions that the profile speaks of, as Solidity declares them. An enum is a `uint8`. */
  abi,
  events,
  /** Further contracts that the escrows live in, by a name: known by their address, or announced by events. */
  contracts: z.record(z.string().regex(/^[A-Za-z]\w*$/, "must be a word"), furtherContract).default({}),
  /** How the true state is read; absent where it cannot be: the contract is followed by its events alone then. */
  state: stateSource.optional(),
});

export type ProfileDocument = z.infer<typeof profileSchema>;
export type EventDocument = z.infer<typeof eventRule>;
export type EscrowName = z.infer<typeof escrowName>;
export type StateDocument = z.infer<typeof stateSource>;
export type BalanceSource = z.infer<typeof balanceSource>;
export type Meaning = z.infer<typeof meaning>;
export type TransitionDocument = z.infer<typeof transition>;
export type BalanceEffect = z.infer<typeof balanceEffect>;
/** What a contract's state is in our words. */
export type ContractStatus = z.infer<typeof contractStatus>;
