import type { ChainLog, EscrowFacts } from "@vigia/database";
import type { EscrowStatus } from "@vigia/messages";
import type { Rule } from "./rule.ts";
import type { Value } from "./value.ts";

/** A state that was read from the contract itself; it holds until a later log says otherwise. */
export interface ReadState {
  readonly status: EscrowStatus;
  readonly balance: string;
  /** At the end of this block. */
  readonly blockNumber: number;
  readonly since: Date;
}

export interface Step {
  readonly fromStatus: EscrowStatus | null;
  readonly toStatus: EscrowStatus;
  /** After the step. */
  readonly balance: string;
  readonly blockNumber: number;
  readonly logIndex: number;
  readonly at: Date;
}

export interface FoldedEscrow {
  readonly facts: EscrowFacts;
  /** Each change of state that a log told. */
  readonly steps: readonly Step[];
}

interface Account {
  status: EscrowStatus | null;
  balance: bigint;
  since: Date;
  source: EscrowFacts["statusSource"];
  block: number;
  log: number;
}

/**
 * What an escrow is, from its logs in the order of the chain. The chain is believed also where our state machine would
 * not allow a step. `undefined` where no log creates the escrow: who trades what is not known then.
 */
export function foldEscrow(
  rules: ReadonlyMap<string, Rule>,
  logs: readonly ChainLog[],
  read?: ReadState,
): FoldedEscrow | undefined {
  const creation = logs.find(({ event }) => rules.get(event)?.creates);
  const fields = creation && rules.get(creation.event)?.creates;
  if (!creation?.escrowId || !fields) return undefined;

  const account: Account = { status: null, balance: 0n, since: creation.minedAt, source: "event", block: 0, log: 0 };
  const steps: Step[] = [];
  let pending = read;
  for (const log of logs) {
    if (pending && log.blockNumber > pending.blockNumber) {
      applyRead(account, pending);
      pending = undefined;
    }
    const step = applyLog(account, rules.get(log.event), log);
    if (step) steps.push(step);
  }
  if (pending) applyRead(account, pending);
  if (!account.status) return undefined;
  const text = (value: Value) => String(value(creation));
  const deal = {
    escrowId: creation.escrowId,
    sellerAddress: text(fields.seller),
    buyerAddress: text(fields.buyer),
    token: text(fields.token),
    amount: text(fields.amount),
    createdBlock: creation.blockNumber,
  };
  return { facts: factsOf(deal, account, account.status), steps };
}

/** Whether a log comes after what these facts were made of. */
export function isAfter(
  facts: Pick<EscrowFacts, "updatedBlock" | "updatedLog" | "statusSource">,
  log: ChainLog,
): boolean {
  if (log.blockNumber !== facts.updatedBlock) return log.blockNumber > facts.updatedBlock;
  // A state was read at the end of its block.
  return facts.statusSource === "event" && log.logIndex > facts.updatedLog;
}

/** What an escrow is after further logs, each of which comes after what is known of it: the same as from all its logs. */
export function foldFurther(
  rules: ReadonlyMap<string, Rule>,
  before: EscrowFacts,
  logs: readonly ChainLog[],
): FoldedEscrow {
  const { status, balance, statusSince: since, statusSource: source, updatedBlock: block, updatedLog: log } = before;
  const account: Account = { status, balance: BigInt(balance), since, source, block, log };
  const steps = logs.flatMap((each) => applyLog(account, rules.get(each.event), each) ?? []);
  return { facts: factsOf(before, account, account.status ?? status), steps };
}

type Deal = Pick<EscrowFacts, "escrowId" | "sellerAddress" | "buyerAddress" | "token" | "amount" | "createdBlock">;

function factsOf(deal: Deal, account: Account, status: EscrowStatus): EscrowFacts {
  return {
    escrowId: deal.escrowId,
    status,
    sellerAddress: deal.sellerAddress,
    buyerAddress: deal.buyerAddress,
    token: deal.token,
    amount: deal.amount,
    balance: account.balance.toString(),
    createdBlock: deal.createdBlock,
    updatedBlock: account.block,
    updatedLog: account.log,
    statusSource: account.source,
    statusSince: account.since,
  };
}

/** Each escrow's logs, in the order given. */
export function groupByEscrow(logs: readonly ChainLog[]): Map<string, ChainLog[]> {
  const groups = new Map<string, ChainLog[]>();
  for (const log of logs) {
    if (log.escrowId === null) continue;
    const group = groups.get(log.escrowId);
    if (group) group.push(log);
    else groups.set(log.escrowId, [log]);
  }
  return groups;
}

function applyLog(account: Account, rule: Rule | undefined, log: ChainLog): Step | undefined {
  account.block = log.blockNumber;
  account.log = log.logIndex;
  account.source = "event";
  if (!rule) return undefined;
  account.balance = rule.balanceAfter(account.balance, log);
  const fromStatus = account.status;
  const toStatus = rule.statusAfter(fromStatus, account.balance, log);
  if (!toStatus || toStatus === fromStatus) return undefined;
  account.status = toStatus;
  account.since = log.minedAt;
  const { blockNumber, logIndex, minedAt: at } = log;
  return { fromStatus, toStatus, balance: account.balance.toString(), blockNumber, logIndex, at };
}

/** Counted in at the end of the block; the log's index stays, as no log says it. */
function applyRead(account: Account, read: ReadState): void {
  if (account.status !== read.status) account.since = read.since;
  account.status = read.status;
  account.balance = BigInt(read.balance);
  account.block = read.blockNumber;
  account.source = "state";
}
