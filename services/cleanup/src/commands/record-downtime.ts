import { CommandRejectedError, defineCommand, type ServiceCommand } from "@vigia/runtime";

/** Puts on record that users could not act, as only the marketplace itself can know. */
export function recordDowntime(): ServiceCommand {
  return defineCommand("cleanup.record-downtime", async ({ data, tx }) => {
    const from = new Date(data.from);
    const to = data.to === undefined ? new Date() : new Date(data.to);
    if (from >= to) throw new CommandRejectedError(`from: ${data.from} is still to come; say when it ends with "to"`);
    await tx.downtimes.record({ cause: "marketplace", reason: data.reason, from, to });
    return { from: from.toISOString(), to: to.toISOString() };
  });
}
