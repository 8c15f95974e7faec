import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { consistency } from "@vigia/consistency/service";
import { lockOf } from "@vigia/messages";
import { defineConsumer, defineTask, PermanentError, runService, type TaskContext } from "@vigia/runtime";
import { z } from "zod";
import { SOURCE, stepDone, stubborn } from "./events.ts";
import { hangIfTold } from "./hang.ts";
import { createNotes } from "./notes.ts";
import { draw, eventTemperOf, runTemperOf } from "./tempers.ts";

/*
 * The suite's own service. It stands in for the consistency service: of its ticks some run the real checks, and the
 * others leave a row and an event for each step, so that what was done can be held against what was promised. Its tables
 * have no constraint that would hide a second effect.
 */

const SHORT_STEPS = [2, 6] as const;
/** About 14 s: longer than the lock's lease and the message's. */
const LONG_STEPS = 28;
/** Between steps, and as long within each long one: a process is stopped now here, now there. */
const LONG_PAUSE_MS = 250;
const SHORT_PAUSE_MS = 40;

const { RELIABILITY_NOTES_DIR = ".", RELIABILITY_HANG_FILE: HANG_FILE = "" } = process.env;
const note = createNotes(RELIABILITY_NOTES_DIR);

interface Progress {
  readonly done: number;
  readonly failed: boolean;
}

async function writeSteps(task: "consistency.check" | "consistency.deep-check", context: TaskContext) {
  const { messageId, resumeFrom, signal } = context;
  const temper = runTemperOf(task, messageId);
  if (temper === "fails") throw new Error("this run fails each time, as it is meant to");
  const short = SHORT_STEPS[0] + (draw(messageId) % (SHORT_STEPS[1] - 1));
  const steps = task === "consistency.deep-check" ? LONG_STEPS : short;
  const before = (resumeFrom ?? { done: 0, failed: false }) as Progress;
  const mayFail = temper === "fails once" && !before.failed;
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
    await tx.emit(stepDone({ messageId, step: number, temper: eventTemperOf(eventId) }, eventId));
    await tx.checkpoint({ done: number, failed } satisfies Progress);
    hangIfTold(HANG_FILE);
  });
  note({ ...about, what: "committed" });
  processed(1);
}

const failedHere = new Set<string>();

/** Of the step's events and the world's. */
const told = {
  filter: stepDone.filter,
  schema: z.object({ temper: stepDone.schema.shape.temper }),
};

const handled = defineConsumer("reliability-steps", told, async ({ envelope, data, tx }) => {
  if (data.temper === "poison") throw new PermanentError("this event is poison");
  if (data.temper === "flaky" && !failedHere.has(envelope.id)) {
    failedHere.add(envelope.id);
    throw new Error("this event fails once, as it is meant to");
  }
  await tx.query(`INSERT INTO reliability.handled (event_id) VALUES ($1)`, [envelope.id]);
});

const failing = defineConsumer("reliability-stubborn", stubborn, async () => {
  throw new Error("this event fails each time, as it is meant to");
});

const real = consistency();

runService(SOURCE, {
  settings: real.settings,
  async tasks(environment) {
    const check = (await real.tasks(environment)).find(({ name }) => name === "consistency.check");
    if (!check) throw new Error("the consistency service has no such task");
    return [
      defineTask("consistency.check", (context) =>
        runTemperOf("consistency.check", context.messageId) === "checks"
          ? check.run(context as TaskContext<never>)
          : writeSteps("consistency.check", context),
      ),
      defineTask("consistency.deep-check", (context) => writeSteps("consistency.deep-check", context)),
    ];
  },
  consumers: [handled, failing],
});
