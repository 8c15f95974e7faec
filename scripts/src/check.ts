import { setTimeout as sleep } from "node:timers/promises";
import { type Comparison, compareWithExpectations, type Expectations, observe, runScript } from "@vigia/demo";
import { commandSubject, TASK_NAMES } from "@vigia/messages";
import type { Progress } from "./progress.ts";
import { openSources, readSeen, type Seen, type Sources } from "./seen.ts";
import type { StackSettings } from "./stack.ts";
import type { RunningSystem } from "./system.ts";

/** After the script has ended, so long may the last findings and notifications take. */
const SETTLE_TIMEOUT_MS = 90_000;
const POLL_EVERY_MS = 500;
const REFUSALS_SHOWN = 5;

export interface CheckReport {
  readonly ok: boolean;
  readonly seconds: number;
  readonly seen: Seen;
  /** Every expectation with what was seen of it. */
  readonly expectations: readonly Comparison[];
}

/** Plays the demo's script against a running system, asks for a resync, and judges what the tables then hold. */
export async function check(
  { settings, refusals }: Pick<RunningSystem, "settings" | "refusals">,
  progress: Progress,
  signal: AbortSignal,
): Promise<CheckReport> {
  const startedAt = Date.now();
  const sources = await openSources({ databaseUrl: settings.DATABASE_URL, natsUrl: settings.NATS_URL });
  try {
    const expectations = await progress.step("playing the demo's script", () =>
      runScript({
        databaseUrl: settings.MARKETPLACE_DATABASE_URL,
        rpcUrl: settings.CHAIN_RPC_URL,
        escrowAddress: settings.ESCROW_ADDRESS,
        tokenAddress: settings.TOKEN_ADDRESS,
        log: () => undefined,
        signal,
      }),
    );
    await sources.bus.publish(
      commandSubject("chain-sync", "resync"),
      { fromBlock: 0, reason: "npm start --check" },
      {},
    );
    return await progress.step("waiting for what is expected", async () => {
      const { seen, comparisons } = await settle(sources, settings, expectations, signal);
      const judged = [...comparisons, judgeRefusals(refusals())];
      const ok = judged.every((comparison) => comparison.ok);
      return { ok, seconds: (Date.now() - startedAt) / 1000, seen, expectations: judged };
    });
  } finally {
    await sources.close();
  }
}

/**
 * Looks again until all is as expected, or the time is over: then what was seen last is the answer. That nothing is
 * found on trades that are in order means something only after another check has looked at the end of the story.
 */
async function settle(
  sources: Sources,
  settings: StackSettings,
  expectations: Expectations,
  signal: AbortSignal,
): Promise<{ seen: Seen; comparisons: Comparison[] }> {
  const deadline = Date.now() + SETTLE_TIMEOUT_MS;
  let checksBefore: number | undefined;
  for (;;) {
    const seen = await readSeen(sources);
    const observed = await observe({ databaseUrl: settings.DATABASE_URL, expectations });
    const comparisons = [...judge(seen), ...compareWithExpectations(expectations, observed)];
    const checks = seen.runs["consistency.check"] ?? 0;
    if (comparisons.every(({ ok }) => ok)) checksBefore ??= checks;
    const isSettled = checksBefore !== undefined && checks > checksBefore && comparisons.every(({ ok }) => ok);
    if (isSettled || Date.now() > deadline) return { seen, comparisons };
    await sleep(POLL_EVERY_MS, undefined, { signal });
  }
}

/** What must be seen of any system, whatever its marketplace does: every task runs, and nothing is lost on the way. */
export function judge(seen: Seen): Comparison[] {
  const runs = TASK_NAMES.map((task) => atLeastOne(`completed runs of ${task}`, seen.runs[task] ?? 0));
  return [
    atLeastOne("ticks", seen.ticks),
    ...runs,
    atLeastOne("blocks read", seen.syncedBlock),
    atLeastOne("logs recorded", seen.syncedLogs),
    none("dead letters", seen.deadLetters),
    none("times that a service went on without Redis", seen.degradations),
  ];
}

/** Everybody may do all that its work needs. */
function judgeRefusals(refusals: readonly string[]): Comparison {
  const seen = [refusals.length, ...refusals.slice(0, REFUSALS_SHOWN)].join("\n");
  return { what: "acts that NATS or PostgreSQL refused", expected: "0", seen, ok: refusals.length === 0 };
}

function atLeastOne(what: string, count: number): Comparison {
  return { what, expected: "at least 1", seen: String(count), ok: count >= 1 };
}

function none(what: string, count: number): Comparison {
  return { what, expected: "0", seen: String(count), ok: count === 0 };
}
