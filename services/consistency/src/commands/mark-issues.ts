import type { IssueMark, WhichIssues } from "@vigia/database";
import { type CommandContext, CommandRejectedError, defineCommand, type ServiceCommand } from "@vigia/runtime";
import type { CheckFacts } from "../check.ts";
import { changeEvent, meaningsOf } from "../issue-event.ts";

/** What an operator says of issues. None of it ends one: that is for its check alone. */
export function issueCommands(checks: readonly CheckFacts[]): ServiceCommand[] {
  const meanings = meaningsOf(checks);

  async function mark(
    { tx, commandId }: CommandContext<unknown>,
    which: WhichIssues,
    as: Omit<IssueMark, "commandId">,
  ) {
    const marked = await tx.issues.mark(which, { ...as, commandId });
    if (marked.length === 0) {
      const meant = which.check === undefined ? `no issue ${meantBy(which)}` : `no issue of ${which.check}`;
      throw new CommandRejectedError(`there is ${meant} that can be ${as.change}: see \`vigia issues\``);
    }
    const said = { reason: as.reason, until: as.until?.toISOString() };
    await tx.emit(marked.map((issue) => changeEvent({ change: as.change, issue }, meanings, said)));
    return { [as.change]: marked.length };
  }

  return [
    defineCommand("consistency.acknowledge", (context) => {
      const { reason, ...which } = context.data;
      return mark(context, which, { change: "acknowledged", reason });
    }),
    defineCommand("consistency.snooze", (context) => {
      const { reason, until, ...which } = context.data;
      const end = new Date(until);
      if (end.getTime() <= Date.now()) throw new CommandRejectedError(`until: ${until} has passed`);
      return mark(context, which, { change: "snoozed", reason, until: end });
    }),
    defineCommand("consistency.reopen", (context) => {
      const { reason, ...which } = context.data;
      return mark(context, which, { change: "reopened", reason });
    }),
  ];
}

/** The first of several stands for all. */
function meantBy({ fingerprint, fingerprints = [] }: WhichIssues): string {
  const [first, ...more] = fingerprint === undefined ? fingerprints : [fingerprint];
  return more.length === 0 ? `${first}` : `${first}, nor ${more.length} more,`;
}
