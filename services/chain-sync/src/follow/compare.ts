import { isDeepStrictEqual } from "node:util";
import {
  type ContractEscrow,
  type Endpoint,
  type EscrowRef,
  foldEscrow,
  groupByEscrow,
  type StateQuestion,
  type StateReading,
} from "@vigia/chain";
import { chain, type Escrow, type EscrowFacts, escrows, type Transaction } from "@vigia/database";
import { chainDrifted, type EscrowStatus, escrowChanged, type OutgoingEvent } from "@vigia/messages";
import type { Logger, Step, TaskContext } from "@vigia/runtime";
import type { Followed } from "./followed.ts";
import { ordersFollow } from "./orders-follow.ts";
import { type Pin, pinOf } from "./pin.ts";
import { lookAgainWhereStale, StaleReadError } from "./stale-read.ts";

export interface Comparison {
  readonly checked: number;
  /** Rows that differed from the contract and were corrected. */
  readonly corrected: number;
  /** Rows whose escrow the contract does not have, or whose state could not be read. */
  readonly unclear: number;
}

/** Those whose state can be read; the others are followed by their events alone. */
export function withState(all: readonly Followed[]): Followed[] {
  return all.filter(({ profile }) => profile.state);
}

type Context = Pick<TaskContext, "step" | "database" | "signal" | "log">;

/**
 * Reads the true state of these escrows from the contract at the cursor's block, and corrects the rows that differ:
 * some contracts change state without an event. `note` runs in the same step. Nothing to compare before the first sync.
 */
export function compareWithContract(
  context: Context,
  followed: Followed,
  escrowIds: readonly string[],
  note: (step: Step, comparison: Comparison) => Promise<void> = async () => {},
): Promise<Comparison> {
  return lookAgainWhereStale(context.log, async () => {
    const pin = await pinOf(context, followed);
    const read = await readStates(context, followed, escrowIds, pin);
    const confirmed = await confirmStates(context, followed, pin, read);
    return context.step(async (step) => {
      await step.chain.lockCursor(followed, followed.startBlock);
      const [block] = await step.chain.blocks(followed, pin.number, pin.number);
      if (block?.hash !== pin.hash) throw new StaleReadError(`block ${pin.number} was undone while it was read`);
      const comparison = await correct(step, followed, pin, confirmed, context.log);
      const outcome = { ...comparison, unclear: comparison.unclear + escrowIds.length - confirmed.states.size };
      await note(step, outcome);
      return outcome;
    });
  });
}

async function readStates(
  { database, signal, log }: Context,
  followed: Followed,
  escrowIds: readonly string[],
  pin: Pin,
  other?: Endpoint,
): Promise<StatesRead> {
  const states = new Map<string, ContractEscrow>();
  const { state: reading, creating } = followed.profile;
  if (!reading) return { states, endpoint: other };
  const isLogNeeded = reading.needsCreation;
  const logs = isLogNeeded ? await chain(database).creationsOf(followed, escrowIds, creating) : [];
  const creations = new Map(logs.map((each) => [each.escrowId, each]));
  const asked = escrowIds.map((escrowId) => {
    const creation = isLogNeeded ? creations.get(escrowId) : { address: followed.contract, arguments: {} };
    return { escrowId, questions: questionsOf(reading, escrowId, creation, log) };
  });
  const questions = asked.flatMap((each) => each.questions);
  const ask = async (endpoint: Endpoint) => ({
    endpoint,
    answers: await endpoint.reader.state(questions, pin, signal),
  });
  const { endpoint, answers } = await (other ? ask(other) : followed.endpoints.attempt(ask, signal));
  for (const { escrowId, questions: own } of asked) {
    const state = readState(reading, escrowId, answers.splice(0, own.length), log);
    if (state) states.set(escrowId, state);
  }
  return { states, endpoint };
}

interface StatesRead {
  readonly states: ReadonlyMap<string, ContractEscrow>;
  /** Who gave them; `undefined` where there was nobody to ask. */
  readonly endpoint: Endpoint | undefined;
}

interface ConfirmedStates {
  readonly states: ReadonlyMap<string, ContractEscrow>;
  /** Whether more than one endpoint's word stands behind the state, where there is more than one. */
  readonly mayCorrect: (escrowId: string) => boolean;
}

/**
 * Leaves out each state that differs from its row and that a second endpoint, where there is one, does not give as well:
 * no header binds a state, and which of the two is right can't be told. Their disagreement is reported of both.
 */
async function confirmStates(
  context: Context,
  followed: Followed,
  pin: Pin,
  { states, endpoint }: StatesRead,
): Promise<ConfirmedStates> {
  if (!endpoint || followed.endpoints.all.length < 2) return { states, mayCorrect: () => true };
  const rows = await escrows(context.database).find(followed, [...states.keys()]);
  const doubtful = rows.filter((row) => differs(row, states.get(row.escrowId))).map(({ escrowId }) => escrowId);
  const believed = new Map(states);
  for (const escrowId of doubtful) believed.delete(escrowId);
  const asConfirmed = (ids: readonly string[]) => ({
    states: believed,
    mayCorrect: (escrowId: string) => ids.includes(escrowId),
  });
  if (doubtful.length === 0) return asConfirmed([]);
  const ask = async (other: Endpoint) => ({
    other,
    second: await readStates(context, followed, doubtful, pin, other),
  });
  const asked = await followed.endpoints.besides(endpoint, ask, context.signal);
  if (!asked) return asConfirmed([]);
  const { other, second } = asked;
  const same = doubtful.filter((id) => isDeepStrictEqual(second.states.get(id), states.get(id)));
  for (const id of same) believed.set(id, states.get(id) as ContractEscrow);
  const otherwise = doubtful.filter((id) => second.states.has(id) && !same.includes(id));
  if (otherwise.length > 0) reportDisagreement(endpoint, other, otherwise.length, pin);
  return asConfirmed(same);
}

function differs(row: Escrow, state: ContractEscrow | undefined): boolean {
  if (!state || state.status === "absent") return state !== undefined;
  const { status, balance } = stateOf(row, state.status, state.balance);
  return status !== row.status || balance !== row.balance;
}

/** What the contract says, and the row's own where it says nothing. */
function stateOf(row: Escrow, status: EscrowStatus | "as_told", balance: string | undefined) {
  return { status: status === "as_told" ? row.status : status, balance: balance ?? row.balance };
}

function reportDisagreement(one: Endpoint, other: Endpoint, escrowCount: number, pin: Pin): void {
  const what = `the state of ${escrowCount} escrows at block ${pin.number}`;
  one.report("other_state", `${what} is another at ${other.name}; nothing of it is applied`);
  other.report("other_state", `${what} is another at ${one.name}; nothing of it is applied`);
}

/** None where the record does not hold what they take. */
function questionsOf(
  reading: StateReading,
  escrowId: string,
  creation: EscrowRef["creation"] | undefined,
  log: Logger,
): StateQuestion[] {
  try {
    return creation ? reading.ask({ escrowId, creation }) : [];
  } catch (error) {
    log.warn({ err: error, escrowId }, "the contract cannot be asked for the state of an escrow");
    return [];
  }
}

function readState(
  reading: StateReading,
  escrowId: string,
  answers: readonly (string | undefined)[],
  log: Logger,
): ContractEscrow | undefined {
  try {
    return reading.read(answers);
  } catch (error) {
    log.warn({ err: error, escrowId }, "the contract's state of an escrow could not be read");
    return undefined;
  }
}

interface Drift {
  readonly row: Escrow;
  readonly facts: EscrowFacts & { readonly status: EscrowStatus };
}

async function correct(
  tx: Transaction,
  followed: Followed,
  pin: Pin,
  { states, mayCorrect }: ConfirmedStates,
  log: Logger,
): Promise<Comparison> {
  const rows = await tx.escrows.lock(followed, [...states.keys()]);
  // A row that changed after the pinned block is newer than what was read of it.
  const comparable = rows.filter((row) => row.updatedBlock <= pin.number);
  const drifts: Drift[] = [];
  const absent: Escrow[] = [];
  for (const row of comparable) {
    const state = states.get(row.escrowId);
    if (!state || state.status === "absent") {
      absent.push(row);
      log.warn({ escrowId: row.escrowId, block: pin.number }, "the contract does not have an escrow that is on record");
      continue;
    }
    const { status, balance } = stateOf(row, state.status, state.balance);
    if (status !== row.status || balance !== row.balance) {
      drifts.push({ row, facts: correctedFacts(row, status, balance, pin) });
    }
  }
  const sudden = [...absent, ...drifts.map(({ row }) => row)].find(({ escrowId }) => !mayCorrect(escrowId));
  if (sudden) throw new StaleReadError(`the row of escrow ${sudden.escrowId} changed after its state was confirmed`);
  await tx.escrows.save(
    followed,
    drifts.map(({ facts }) => facts),
  );
  await tx.escrows.markVerified(
    followed,
    comparable.map(({ escrowId }) => escrowId),
    pin.number,
  );
  await record(tx, followed, pin, drifts);
  const there = comparable.filter((row) => !absent.includes(row));
  await tx.readings.forgetAbsent(
    followed,
    there.map(({ escrowId }) => escrowId),
  );
  await keepReadings(tx, followed, pin, drifts, absent);
  return { checked: comparable.length, corrected: drifts.length, unclear: absent.length };
}

/** Keeps what differed, and whether the logs on record had told it, for those who may not ask the contract. */
async function keepReadings(
  tx: Transaction,
  followed: Followed,
  pin: Pin,
  drifts: readonly Drift[],
  absent: readonly Escrow[],
): Promise<void> {
  const ids = drifts.map(({ row }) => row.escrowId);
  const logs = groupByEscrow(ids.length === 0 ? [] : await tx.chain.logsOf(followed, ids));
  const isTold = ({ status, balance, escrowId }: EscrowFacts) => {
    const told = foldEscrow(followed.profile.rules, logs.get(escrowId) ?? [])?.facts;
    return told?.status === status && told.balance === balance;
  };
  const recorded = ({ escrowId, status, balance }: Escrow) => ({
    escrowId,
    recordedStatus: status,
    recordedBalance: balance,
  });
  await tx.readings.keepEscrows(followed, pin.number, [
    ...drifts.map(({ row, facts }) => {
      const { status, balance } = facts;
      return { ...recorded(row), status, balance, told: isTold(facts) };
    }),
    ...absent.map((row) => ({ ...recorded(row), status: "absent", balance: null, told: false })),
  ]);
}

function correctedFacts(row: Escrow, status: EscrowStatus, balance: string, pin: Pin) {
  const statusSince = status === row.status ? row.statusSince : pin.minedAt;
  return { ...row, status, balance, statusSince, updatedBlock: pin.number, statusSource: "state" as const };
}

async function record(tx: Transaction, followed: Followed, pin: Pin, drifts: readonly Drift[]): Promise<void> {
  const moved = drifts.filter(({ row, facts }) => row.status !== facts.status);
  await tx.escrows.record(
    followed,
    "state",
    moved.map(({ row, facts }) => ({
      escrowId: row.escrowId,
      fromStatus: row.status,
      toStatus: facts.status,
      blockNumber: pin.number,
      logIndex: null,
      at: pin.minedAt,
    })),
  );
  await tx.emit([
    ...drifts.map((drift) => driftEvent(followed, pin, drift)),
    ...moved.map((drift) => changeEvent(followed, pin, drift)),
  ]);
  await ordersFollow(
    tx,
    followed,
    moved.map(({ row }) => row.escrowId),
  );
}

function driftEvent({ chainId, contract }: Followed, pin: Pin, { row, facts }: Drift): OutgoingEvent {
  return chainDrifted({
    chainId,
    contract,
    escrowId: row.escrowId,
    orderId: row.orderId,
    atBlock: pin.number,
    recorded: { status: row.status, balance: row.balance },
    onChain: { status: facts.status, balance: facts.balance },
  });
}

function changeEvent({ chainId, contract }: Followed, pin: Pin, { row, facts }: Drift): OutgoingEvent {
  return escrowChanged({
    chainId,
    contract,
    escrowId: row.escrowId,
    orderId: row.orderId,
    status: facts.status,
    previousStatus: row.status,
    source: "state",
    balance: facts.balance,
    blockNumber: pin.number,
  });
}
