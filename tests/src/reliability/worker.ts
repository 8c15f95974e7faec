import { createHash, randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { defineEvent, lockOf } from "@vigia/messages";
import { defineConsumer, defineTask, PermanentError, runService, type TaskContext } from "@vigia/runtime";
import { z } from "zod";
import { hangIfTold } from "./hang.ts";
import { createNotes } from "./notes.ts";

/*
 * The suite's own service. It serves the ticks of the consistency checks, whose service does not run meanwhile, and
 * leaves a row and an event for each step, so that what was done can be held against what was promised. Its tables have
 * no constraint that would hide a second effect.
 */

const SHORT_STEPS = [2, 6] as const;
/** About 14 s: longer than the lock's lease and the message's. */
const LONG_STEPS = 28;
/** Between steps, and as long within each long one: a process is stopped now here, now there. */
const LONG_PAUSE_MS = 250;
const SHORT_PAUSE_MS = 40;
/** Of so many runs, one fails once; of so many events, one fails once in each process, and one for good. */
const ONE_IN = { failingRuns: 6, flakyEvents: 25, poison: 40 };

const { RELIABILITY_NOTES_DIR = ".", RELIABILITY_HANG_FILE: HANG_FILE = "" } = process.env;
const note = createNotes(RELIABILITY_NOTES_DIR);

const stepDone = defineEvent({
  type: "vigia.reliability",
  filter: "vigia.event.reliability.>",
  schema: z.object({ messageId: z.string(), step: z.int(), temper: z.enum(["good", "flaky", "poison"]) }),
  subject: () => "vigia.event.reliability.step",
  aggregate: () => "reliability",
  description: "A step of the reliability suite's own task was done",
});

interface Progress {
  readonly done: number;
  readonly failed: boolean;
}

async function writeSteps(task: "consistency.check" | "consistency.deep-check", context: TaskContext) {
  const { messageId, resumeFrom, signal } = context;
  const draw = drawOf(messageId);
  const steps = task === "consistency.deep-check" ? LONG_STEPS : SHORT_STEPS[0] + (draw % (SHORT_STEPS[1] - 1));
  const before = (resumeFrom ?? { done: 0, failed: false }) as Progress;
  const mayFail = draw % ONE_IN.failingRuns === 0 && !before.failed;
  for (let number = before.done + 1; number <= steps; number++) {
    const fails = mayFail && number === 2;
    await writeStep(task, context, { number, of: steps, failed: before.failed || fails });
    if (fails) throw new Error("this run fails once, as it is meant to");
    await sleep(steps === LONG_STEPS ? LONG_PAUSE_MS : SHORT_PAUSE_MS, undefined, { signal });
  }
  return { steps };
}

async function writeStep(
  task: "consistency.check" | "consistency.deep-check",
  { messageId, executionId, step, database, processed }: TaskContext,
  { number, of, failed }: { readonly number: number; readonly of: number; readonly failed: boolean },
): Promise<void> {
  const { rows } = await database.query<{ fence: number; instance: string }>(
    `SELECT fence, instance FROM vigia.executions WHERE execution_id = $1`,
    [executionId],
  );
  const { fence = 0, instance = "" } = rows[0] ?? {};
  const eventId = randomUUID();
  const about = { lock: lockOf(task), fence, step: number, eventId };
  note({ ...about, what: "began" });
  await step(async (tx) => {
    if (of === LONG_STEPS) await sleep(LONG_PAUSE_MS);
    await tx.query(
      `INSERT INTO reliability.effects (task, message_id, execution_id, step, steps, fence, instance, event_id)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
      [task, messageId, executionId, number, of, fence, instance, eventId],
    );
    await tx.emit(stepDone({ messageId, step: number, temper: temperOf(eventId) }, eventId));
    await tx.checkpoint({ done: number, failed } satisfies Progress);
    hangIfTold(HANG_FILE);
  });
  note({ ...about, what: "committed" });
  processed(1);
}

const failedHere = new Set<string>();

const steps = defineConsumer("reliability-steps", stepDone, async ({ envelope, data, tx }) => {
  if (data.temper === "poison") throw new PermanentError("this event is poison");
  if (data.temper === "flaky" && !failedHere.has(envelope.id)) {
    failedHere.add(envelope.id);
    throw new Error("this event fails once, as it is meant to");
  }
  await tx.query(`INSERT INTO reliability.handled (event_id) VALUES ($1)`, [envelope.id]);
});

function temperOf(eventId: string): "good" | "flaky" | "poison" {
  const draw = drawOf(eventId);
  if (draw % ONE_IN.poison === 0) return "poison";
  return draw % ONE_IN.flakyEvents === 0 ? "flaky" : "good";
}

function drawOf(text: string): number {
  return createHash("sha256").update(text).digest().readUInt32BE(0);
}

runService("worker", {
  tasks: [
    defineTask("consistency.check", (context) => writeSteps("consistency.check", context)),
    defineTask("consistency.deep-check", (context) => writeSteps("consistency.deep-check", context)),
  ],
  consumers: [steps],
});
