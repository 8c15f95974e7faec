import { defineEvent } from "@vigia/messages";
import { z } from "zod";

const temper = z.enum(["good", "flaky", "poison", "stubborn"]);

export const STEP_SUBJECT = "vigia.event.reliability.step";
export const WORLD_SUBJECT = "vigia.event.reliability.world";
export const STUBBORN_SUBJECT = "vigia.event.reliability-stubborn.world";
/** Whose events the world's are: the workers relay them with their own. */
export const SOURCE = "worker";

export const stepDone = defineEvent({
  type: "vigia.reliability",
  filter: "vigia.event.reliability.>",
  schema: z.object({ messageId: z.string(), step: z.int(), temper }),
  subject: () => STEP_SUBJECT,
  aggregate: () => "reliability",
  description: "A step of the reliability suite's own task was done",
});

export const worldMoved = defineEvent({
  type: "vigia.reliability-world",
  filter: WORLD_SUBJECT,
  schema: z.object({ temper }),
  subject: () => WORLD_SUBJECT,
  aggregate: () => "reliability-world",
  description: "Something happened, whatever the services do",
});

/** Its consumer fails at each try, as ordinary code does: it is tried again until its last try. */
export const stubborn = defineEvent({
  type: "vigia.reliability-stubborn",
  filter: STUBBORN_SUBJECT,
  schema: z.object({ temper }),
  subject: () => STUBBORN_SUBJECT,
  aggregate: () => "reliability-stubborn",
  description: "What cannot be handled",
});
