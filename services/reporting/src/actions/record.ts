import type { Queryable } from "@vigia/database";
import { commandChanged, resyncProgressed } from "@vigia/messages";

/** A command that an operator gives. */
export interface GivenCommand {
  readonly commandId: string;
  readonly operator: string;
  readonly target: string;
  readonly command: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** Puts on record who gives which command; before it is sent, so that none is given without. */
export async function noteAction(sql: Queryable, given: GivenCommand): Promise<void> {
  const { commandId, operator, target, command, data } = given;
  await sql.query(
    `INSERT INTO vigia.operator_actions (command_id, operator, target, command, data) VALUES ($1, $2, $3, $4, $5::jsonb)`,
    [commandId, operator, target, command, JSON.stringify(data)],
  );
}

/** Notes that nobody knows whether the command was taken. What its service tells of it counts for more. */
export async function noteUnconfirmed(sql: Queryable, commandId: string): Promise<void> {
  await sql.query(
    `UPDATE vigia.operator_actions SET status = 'unconfirmed' WHERE command_id = $1 AND status = 'sent'`,
    [commandId],
  );
}

/** Notes what an event says of a command that was given here; nothing where it speaks of no such command. */
export async function noteOutcome(sql: Queryable, subject: string, payload: unknown): Promise<void> {
  if (isOf(commandChanged, subject)) await noteLife(sql, payload);
  else if (isOf(resyncProgressed, subject)) await noteProgress(sql, payload);
}

/** It may be told twice that a command was accepted, and the second time after its end. */
async function noteLife(sql: Queryable, payload: unknown): Promise<void> {
  const { success, data } = commandChanged.schema.safeParse(payload);
  if (!success) return;
  const { commandId, status, reason, result, at } = data;
  await sql.query(
    `UPDATE vigia.operator_actions SET status = $2, reason = $3, result = $4::jsonb, answered_at = $5
      WHERE command_id = $1 AND ($2 <> 'accepted' OR status IN ('sent', 'unconfirmed'))`,
    [commandId, status, reason ?? null, result === undefined ? null : JSON.stringify(result), at],
  );
}

async function noteProgress(sql: Queryable, payload: unknown): Promise<void> {
  const { success, data } = resyncProgressed.schema.safeParse(payload);
  if (!success) return;
  const { commandId, fromBlock, toBlock, doneBlock, logs } = data;
  await sql.query(`UPDATE vigia.operator_actions SET progress = $2::jsonb WHERE command_id = $1`, [
    commandId,
    JSON.stringify({ fromBlock, toBlock, doneBlock, logs }),
  ]);
}

function isOf({ filter }: { readonly filter: string }, subject: string): boolean {
  return subject.startsWith(filter.slice(0, -">".length));
}
