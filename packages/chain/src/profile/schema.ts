import { ESCROW_STATUSES } from "@vigia/messages";
import { z } from "zod";

const argument = z.string().min(1);

/** Which of our states a state of the contract is; `absent`: the contract does not have the escrow. */
const contractState = z.enum([...ESCROW_STATUSES, "absent"]);

const balanceEffect = z.union([
  z.literal("empties"),
  z.strictObject({ adds: argument }),
  z.strictObject({ takes: argument }),
]);

const eventRule = z.strictObject({
  /** The argument that names the escrow. */
  escrow: argument,
  /** The escrow's state after this event; absent where the event leaves it. */
  leadsTo: z.enum(ESCROW_STATUSES).optional(),
  /** What the event does to the escrow's balance, by an argument or as a whole; absent: nothing. */
  balance: balanceEffect.optional(),
  /** For the event that announces an escrow: the arguments that say who trades what. */
  creates: z.strictObject({ seller: argument, buyer: argument, token: argument, amount: argument }).optional(),
});

export const profileSchema = z.strictObject({
  name: z.string().min(1),
  /** The events and the function that the profile speaks of, as Solidity declares them. An enum is a `uint8`. */
  abi: z.array(z.string().min(1)).min(1),
  events: z.record(z.string(), eventRule),
  state: z.strictObject({
    /** A view function that takes the escrow's id. */
    call: z.string().min(1),
    /** Its outputs that hold the state and the balance. */
    status: argument,
    balance: argument,
    /** The contract's states in the order of their numbers, each with ours. */
    names: z.array(z.record(z.string(), contractState)).min(1),
  }),
});

export type ProfileDocument = z.infer<typeof profileSchema>;
export type EventRule = z.infer<typeof eventRule>;
export type ContractState = z.infer<typeof contractState>;
