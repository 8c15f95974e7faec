import type { DueHeal, HealNote, Transaction } from "@vigia/database";
import { healReported, type OutgoingEvent, outgoingCommand } from "@vigia/messages";
import type { TaskContext } from "@vigia/runtime";
import type { CheckFacts } from "../check.ts";
import { type Heal, MOST_TRIES, type Plan } from "./heal.ts";
import { inWords, reportOf } from "./report.ts";

/** How many issues one step looks at. */
const PAGE = 200;
/** How many one run has healed: nobody's queue is to be full of it. */
const MOST_A_RUN = 100;

/**
 * Has the issues of these checks healed that their check saw again since the last try. That a try is noted, told and
 * given out is one commit: it is made once, whatever is killed in between.
 */
export async function healIssues(
  { step, log }: Pick<TaskContext, "step" | "log">,
  checks: readonly CheckFacts[],
): Promise<void> {
  const heals = new Map(checks.flatMap(({ code, heal }) => (heal ? [[code, heal] as const] : [])));
  if (heals.size === 0) return;
  let left = MOST_A_RUN;
  for (let after: string | undefined = ""; after !== undefined && left > 0; ) {
    const from: string = after;
    const room = left;
    const { last, tried, givenUp } = await step((tx) => healPage(tx, heals, from, room));
    if (givenUp.length > 0) log.warn({ issues: givenUp }, "healing these issues did not help; they are left to people");
    left -= tried;
    after = last;
  }
}

interface Healed {
  /** The page's last issue; `undefined` where there are no more. */
  readonly last: string | undefined;
  readonly tried: number;
  readonly givenUp: readonly string[];
}

async function healPage(
  tx: Transaction,
  heals: ReadonlyMap<string, Heal>,
  after: string,
  room: number,
): Promise<Healed> {
  const due = await tx.heals.due([...heals.keys()], after, PAGE);
  const givenUp = due.filter(({ tries }) => tries >= MOST_TRIES);
  const planned: Planned[] = [];
  for (const issue of due) {
    if (issue.tries >= MOST_TRIES || planned.length === room) continue;
    const plan = await heals.get(issue.check)?.plan(issue, tx);
    if (plan) planned.push({ issue, plan });
  }
  const notes: HealNote[] = givenUp.map(({ fingerprint, tries }) => ({
    step: "given_up",
    fingerprint,
    reason: uselessAfter(tries),
  }));
  const events = givenUp.map((issue) =>
    healReported(reportOf("given_up", issue, { reason: uselessAfter(issue.tries) })),
  );
  const commands = new Map<string, OutgoingEvent>();
  for (const { issue, plan } of readTogether(planned)) {
    const { fingerprint, evidence, tries } = issue;
    const asked = { ...issue, tries: tries + 1 };
    const commandId = commandOf(plan, commands)?.id;
    notes.push({
      step: "asked",
      fingerprint,
      commandId,
      reason: inWords(plan),
      details: { before: evidence, does: plan },
    });
    events.push(healReported(reportOf("asked", asked, { does: { ...plan }, commandId })));
    if ("tellsAgain" in plan) {
      const result = { toldAgain: await tx.heals.relayAgain(plan.tellsAgain) };
      notes.push({ step: "healed", fingerprint, reason: inWords(result), details: { after: result } });
      events.push(healReported(reportOf("healed", asked, { after: result })));
    }
  }
  await tx.heals.note(notes);
  await tx.emit([...events, ...commands.values()]);
  return {
    last: due.length < PAGE ? undefined : due.at(-1)?.fingerprint,
    tried: planned.length,
    givenUp: givenUp.map(({ fingerprint }) => fingerprint),
  };
}

function uselessAfter(tries: number): string {
  return `${tries} tries within a week did not help`;
}

interface Planned {
  readonly issue: DueHeal;
  readonly plan: Plan;
}

/** Of several that have a contract's blocks read up to the newest one, that from the lowest block does it for all. */
function readTogether(planned: readonly Planned[]): Planned[] {
  const lowest = new Map<string, number>();
  const openEnded = (plan: Plan) => {
    if (!("gives" in plan) || plan.gives !== "chain-sync.resync" || plan.data.toBlock !== undefined) return undefined;
    return { where: `${plan.data.chainId}:${plan.data.contract}`, fromBlock: Number(plan.data.fromBlock) };
  };
  for (const { plan } of planned) {
    const range = openEnded(plan);
    if (range) lowest.set(range.where, Math.min(range.fromBlock, lowest.get(range.where) ?? range.fromBlock));
  }
  return planned.map(({ issue, plan }) => {
    const range = openEnded(plan);
    if (!range || !("gives" in plan)) return { issue, plan };
    return { issue, plan: { ...plan, data: { ...plan.data, fromBlock: lowest.get(range.where) } } };
  });
}

/** What is the same for several issues is asked for once. */
function commandOf(plan: Plan, known: Map<string, OutgoingEvent>): OutgoingEvent | undefined {
  if (!("gives" in plan)) return undefined;
  const key = JSON.stringify([plan.gives, plan.data]);
  const command = known.get(key) ?? outgoingCommand(plan.gives, plan.data);
  known.set(key, command);
  return command;
}
