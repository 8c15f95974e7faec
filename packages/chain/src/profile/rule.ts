import type { ChainLog } from "@vigia/database";
import type { EscrowStatus } from "@vigia/messages";
import type { BalanceEffect, EventDocument, TransitionDocument } from "./schema.ts";
import { compileValue, type Value } from "./value.ts";

/** The escrow's balance after an event, in `when`. */
export const BALANCE = "$balance";

/** What an event means for the escrow that it speaks of. */
export interface Rule {
  /** Who trades what, where the event announces an escrow. */
  readonly creates: Readonly<Record<"seller" | "buyer" | "token" | "amount", Value>> | undefined;
  balanceAfter(before: bigint, log: ChainLog): bigint;
  /** `undefined`: the event leaves the state. `balance` is the one after the event. */
  statusAfter(before: EscrowStatus | null, balance: bigint, log: ChainLog): EscrowStatus | undefined;
}

export function compileRule({ leadsTo, balance, creates }: EventDocument): Rule {
  return {
    creates: creates && {
      seller: compileValue(creates.seller),
      buyer: compileValue(creates.buyer),
      token: compileValue(creates.token),
      amount: compileValue(creates.amount),
    },
    balanceAfter: compileBalance(balance),
    statusAfter: compileTransitions(leadsTo),
  };
}

function compileBalance(effect: BalanceEffect | undefined): Rule["balanceAfter"] {
  if (effect === undefined) return (before) => before;
  if (effect === "empties") return () => 0n;
  const names = ["adds" in effect ? effect.adds : effect.takes].flat();
  const amounts = names.map((name) => ({ name, value: compileValue(name) }));
  const total = (log: ChainLog) => amounts.reduce((sum, { name, value }) => sum + amountOf(log, name, value(log)), 0n);
  if ("adds" in effect) return (before, log) => before + total(log);
  return (before, log) => {
    const left = before - total(log);
    // An escrow cannot hold less than nothing: what came in without an event is found when the state is read.
    return left < 0n ? 0n : left;
  };
}

function amountOf(log: ChainLog, name: string, amount: unknown): bigint {
  if (Array.isArray(amount)) return amount.reduce<bigint>((sum, each) => sum + amountOf(log, name, each), 0n);
  if (typeof amount === "string" && /^\d+$/.test(amount)) return BigInt(amount);
  const place = `log ${log.logIndex} of block ${log.blockNumber}`;
  throw new Error(`the record of ${place} holds no amount "${name}"; a resync from that block repairs it`);
}

function compileTransitions(leadsTo: EventDocument["leadsTo"]): Rule["statusAfter"] {
  if (leadsTo === undefined) return () => undefined;
  if (typeof leadsTo === "string") return () => leadsTo;
  const transitions = leadsTo.map((each) => ({ to: each.to, fits: compileCondition(each) }));
  return (before, balance, log) => transitions.find(({ fits }) => fits(before, balance, log))?.to;
}

type Condition = (before: EscrowStatus | null, balance: bigint, log: ChainLog) => boolean;

function compileCondition({ from, when }: TransitionDocument): Condition {
  const states = from === undefined ? undefined : new Set<string>([from].flat());
  const tests = Object.entries(when ?? {}).map(([name, wanted]) => {
    const texts = new Set([wanted].flat().map((each) => String(each).toLowerCase()));
    if (name === BALANCE) return (_log: ChainLog, balance: bigint) => texts.has(String(balance));
    const value = compileValue(name);
    return (log: ChainLog) => texts.has(String(value(log)).toLowerCase());
  });
  return (before, balance, log) =>
    (states === undefined || states.has(before ?? "none")) && tests.every((test) => test(log, balance));
}
