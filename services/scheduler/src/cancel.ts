import type { Queryable } from "@vigia/database";
import { CommandRejectedError, defineCommand, type ServiceCommand } from "@vigia/runtime";

/**
 * Notes that a run is to end. The process that has it looks there each second; it cannot be told otherwise, for its own
 * commands wait while it carries one out.
 */
export function cancelRuns(): ServiceCommand {
  return defineCommand("runs.cancel", async ({ data: { executionId, reason }, commandId, tx }) => {
    const { task, messageId } = await findRunning(tx, executionId);
    await tx.query(
      `INSERT INTO vigia.cancellations (message_id, execution_id, command_id, reason) VALUES ($1, $2, $3, $4)
           ON CONFLICT DO NOTHING`,
      [messageId, executionId, commandId, reason ?? null],
    );
    return { task, executionId };
  });
}

/** By executions_execution_id_attempt_key. */
async function findRunning(sql: Queryable, executionId: string) {
  const { rows } = await sql.query<{ task: string; status: string; messageId: string | null }>(
    `SELECT job AS task, status, message_id AS "messageId" FROM vigia.executions
      WHERE execution_id = $1 ORDER BY attempt DESC LIMIT 1`,
    [executionId],
  );
  const [run] = rows;
  if (!run) throw new CommandRejectedError(`executionId: no run has the id "${executionId}"`);
  const { task, status, messageId } = run;
  if (status !== "running") throw new CommandRejectedError(`executionId: that run of ${task} is over; it is ${status}`);
  if (messageId === null) throw new CommandRejectedError(`executionId: no message asked for that run of ${task}`);
  return { task, messageId };
}
