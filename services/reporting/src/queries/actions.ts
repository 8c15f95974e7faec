import type { Queryable } from "@vigia/database";
import type { Action, ActionPage } from "../answers.ts";

const COLUMNS = `position, command_id AS "commandId", operator, target, command, data, at, status, reason, result,
  progress, answered_at AS "answeredAt"`;

export interface ActionFilter {
  readonly before?: number | undefined;
  readonly limit: number;
}

/** Newest first. Rests on the index `operator_actions_pkey`. */
export async function listActions(sql: Queryable, { before, limit }: ActionFilter): Promise<ActionPage> {
  const { rows } = await sql.query<Action>(
    `SELECT ${COLUMNS} FROM vigia.operator_actions
      WHERE ($1::bigint IS NULL OR position < $1)
      ORDER BY position DESC
      LIMIT $2`,
    [before, limit + 1],
  );
  const actions = rows.slice(0, limit);
  return { actions, next: rows.length > limit ? (actions.at(-1)?.position ?? null) : null };
}

/** Rests on the index `operator_actions_command_id_key`. */
export async function findAction(sql: Queryable, commandId: string): Promise<Action | undefined> {
  const { rows } = await sql.query<Action>(`SELECT ${COLUMNS} FROM vigia.operator_actions WHERE command_id = $1`, [
    commandId,
  ]);
  return rows[0];
}
