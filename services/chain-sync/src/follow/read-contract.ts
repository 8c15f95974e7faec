import { askCode, askHolding, type PinnedBlock, RpcError, readCode, readHolding, ZERO_ADDRESS } from "@vigia/chain";
import { type CodeReading, chain, type Holding, readings } from "@vigia/database";
import { LIVE_ESCROW_STATUSES } from "@vigia/messages";
import type { TaskContext } from "@vigia/runtime";
import type { Followed } from "./followed.ts";
import { pinOf } from "./pin.ts";
import { lookAgainWhereStale, StaleReadError } from "./stale-read.ts";
import { watchedBefore } from "./watched.ts";

type Context = Pick<TaskContext, "step" | "database" | "signal" | "log">;

/** How many tokens are looked at, each with one exchange, and at how many addresses. */
const MAX_TOKENS = 100;
const MAX_HOLDERS = 100;

/**
 * Keeps what the code of the contract and of those that belong to it is, and what they hold of each token beside what its
 * live escrows are owed, all at the cursor's block: the rows tell the state at its end. Returns whether they hold too
 * little of a token; that is kept only where `keepsShort`. Nothing to read before the first sync, nor while the sync runs so
 * fast that its cursor never stands still: the next run reads it.
 */
export async function readContract(context: Context, followed: Followed, keeping: Keeping): Promise<boolean> {
  try {
    return await lookAgainWhereStale(context.log, () => readOnce(context, followed, keeping));
  } catch (error) {
    if (!(error instanceof StaleReadError)) throw error;
    context.log.warn({ reason: error.message }, "what the contract holds could not be read; the next run tries again");
    return false;
  }
}

interface Keeping {
  readonly keepsShort: boolean;
}

async function readOnce(context: Context, followed: Followed, { keepsShort }: Keeping): Promise<boolean> {
  const cursor = await chain(context.database).cursor(followed);
  if (!cursor?.blockHash) return false;
  const pin = await pinOf(context, followed);
  const codes = await readCodes(context, followed, pin);
  const holdings = await readHoldings(context, followed, pin);
  return context.step(async (step) => {
    const held = await step.chain.lockCursor(followed, followed.startBlock);
    if (held.blockHash !== pin.hash) throw new StaleReadError("the cursor moved while the contract was read");
    await step.readings.keepCodes(followed, pin.number, codes);
    const balances = await step.readings.balancesOf(followed, holdings, LIVE_ESCROW_STATUSES);
    const isShort = balances.some(({ held: holds, owed }) => BigInt(holds) < BigInt(owed));
    if (!isShort || keepsShort) await step.readings.keepBalances(followed, pin.number, balances);
    return isShort;
  });
}

/** Of those whose addresses are known from the beginning: an announced one is as its factory made it. */
async function readCodes({ signal }: Context, followed: Followed, pin: PinnedBlock): Promise<CodeReading[]> {
  const addresses = [...followed.watched.kinds.keys()];
  const questions = addresses.flatMap(askCode);
  const answers = await followed.endpoints.attempt(({ reader }) => reader.state(questions, pin, signal), signal);
  return addresses.map((address) => ({ address, ...readCode(answers.splice(0, 2)) }));
}

async function readHoldings(context: Context, followed: Followed, pin: PinnedBlock): Promise<Holding[]> {
  const { database, signal, log } = context;
  if (!followed.profile.tellsBalances) return [];
  const holders = [...(await watchedBefore(database, followed, pin.number + 1)).kinds.keys()];
  if (holders.length > MAX_HOLDERS) {
    log.info({ holders: holders.length, most: MAX_HOLDERS }, "too many contracts to add up what they hold");
    return [];
  }
  const known = await readings(database).tokensOf(followed, LIVE_ESCROW_STATUSES, MAX_TOKENS);
  const holdings: Holding[] = [];
  for (const token of new Set([ZERO_ADDRESS, ...known])) {
    const questions = holders.map((holder) => askHolding(token, holder));
    const held = await followed.endpoints.attempt(({ reader }) => sumOf(reader.state(questions, pin, signal)), signal);
    if (held !== undefined) holdings.push({ token, held: String(held) });
    else log.warn({ token }, "what the contract holds of a token could not be read");
  }
  return holdings;
}

/** `undefined` where not all tell: then it is no token, and an escrow of it is worth nothing anyway. */
async function sumOf(answers: Promise<readonly (string | undefined)[]>): Promise<bigint | undefined> {
  try {
    let sum = 0n;
    for (const answer of await answers) {
      const amount = readHolding(answer);
      if (amount === undefined) return undefined;
      sum += amount;
    }
    return sum;
  } catch (error) {
    // Anybody may make a token that fails on purpose; it must not keep the rest from being read.
    if (error instanceof RpcError && error.problem === "refused") return undefined;
    throw error;
  }
}
