import { CommandRejectedError, defineCommand, type ServiceCommand } from "@vigia/runtime";

/** What one command tries again: a transaction short enough that nobody waits for it. */
const MOST = 10_000;

/** Has the senders try again what was refused or given up, as if it had just come. */
export function redeliver(): ServiceCommand {
  return defineCommand("notifications.redeliver", async ({ data, tx }) => {
    const count = await tx.deliveries.tryAgain(data, MOST);
    const [which, value] = Object.entries(data)[0] ?? [];
    if (count === 0) throw new CommandRejectedError(`nothing was refused or given up for ${which} ${value}`);
    return { redelivering: count };
  });
}
