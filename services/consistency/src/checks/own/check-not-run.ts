import type { Check } from "../../check.ts";
import { sql } from "../../sql.ts";

export const checkNotRun: Check = {
  code: "CHECK_NOT_RUN",
  severity: "high",
  meaning: "the checks of this task have not run to their end for two of its intervals",
  why: "Whatever they look for has gone unseen since then.",
  remedy: "See what became of its runs: `vigia runs --task <task>`. Give it one: `vigia trigger <task>`.",
  entityType: "task",
  graceSeconds: 0,
  inhibits: [],
  // Before a task's first run, the time counts from the oldest run on record. Reads through `executions_by_job`.
  query: ({ now }) => sql`
    SELECT s.task AS entity_id, jsonb_build_object('lastCompleted', last.ended_at) AS evidence
      FROM vigia.schedules AS s
      LEFT JOIN LATERAL (SELECT ended_at FROM vigia.executions
                          WHERE job = s.task AND status = 'completed'
                          ORDER BY started_at DESC LIMIT 1) AS last ON true
     WHERE s.task LIKE 'consistency.%' AND NOT s.paused
       AND COALESCE(last.ended_at, (SELECT started_at FROM vigia.executions ORDER BY id LIMIT 1))
           < ${now}::timestamptz - 2 * (s.next_due - s.last_fired)`,
};
