import type { HealNote } from "@vigia/database";
import { commandChanged, healReported } from "@vigia/messages";
import { defineConsumer } from "@vigia/runtime";
import { inWords, reportOf } from "./report.ts";

/** The commands that heals give are chain-sync's: what becomes of those, whoever gave them. */
export const COMMANDED = "vigia.event.command.*.chain-sync.*";

/** Notes what came of the commands that were given to heal issues. Whether it helped, their checks will see. */
export const healOutcomes = defineConsumer(
  "consistency-heals",
  { filter: COMMANDED, schema: commandChanged.schema },
  async ({ data: { status, commandId, result, reason }, tx }) => {
    if (status === "accepted") return;
    const issues = await tx.heals.askedBy(commandId);
    const isDone = status === "completed" && result?.moved !== 0;
    const step = isDone ? "healed" : "failed";
    const because = isDone ? undefined : (reason ?? String(result?.because));
    const note = { step, commandId, reason: because ?? inWords(result ?? {}), details: { after: result } } as const;
    await tx.heals.note(issues.map(({ fingerprint }): HealNote => ({ ...note, fingerprint })));
    await tx.emit(
      issues.map((issue) => healReported(reportOf(step, issue, { after: result, commandId, reason: because }))),
    );
  },
);
