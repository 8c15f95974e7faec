import type { Queryable } from "./queryable.ts";

export interface Checkpoints {
  /** How far the run that this message asked for had come, or `undefined` where it is a new one. */
  read<T>(task: string, messageId: string): Promise<T | undefined>;
  write(task: string, messageId: string, value: unknown): Promise<void>;
  /** That run is over. Others of the task, which another message asked for, keep theirs. */
  clear(task: string, messageId: string): Promise<void>;
}

export function checkpoints(sql: Queryable): Checkpoints {
  return {
    async read<T>(task: string, messageId: string) {
      const { rows } = await sql.query<{ value: T }>(
        `SELECT value FROM vigia.checkpoints WHERE task = $1 AND message_id = $2`,
        [task, messageId],
      );
      return rows[0]?.value;
    },
    async write(task, messageId, value) {
      await sql.query(
        `INSERT INTO vigia.checkpoints (task, message_id, value) VALUES ($1, $2, $3::jsonb)
             ON CONFLICT (task, message_id) DO UPDATE SET value = $3::jsonb, updated_at = now()`,
        [task, messageId, JSON.stringify(value)],
      );
    },
    async clear(task, messageId) {
      await sql.query(`DELETE FROM vigia.checkpoints WHERE task = $1 AND message_id = $2`, [task, messageId]);
    },
  };
}
