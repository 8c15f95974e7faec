import type { HealStep } from "@vigia/messages";
import type { Issue } from "./issues.ts";
import type { Queryable } from "./queryable.ts";

/** What a heal is about. */
export type HealedIssue = Pick<Issue, "fingerprint" | "check" | "severity" | "entityType" | "entityId" | "evidence">;

/** An issue that may be healed now. */
export interface DueHeal extends HealedIssue {
  /** How often that was tried within the last week. */
  readonly tries: number;
}

export interface HealNote {
  readonly step: HealStep;
  readonly fingerprint: string;
  readonly commandId?: string | undefined;
  readonly reason?: string | undefined;
  /** What was found and asked for, or what came of it. */
  readonly details?: Readonly<Record<string, unknown>> | undefined;
}

export interface Heals {
  /**
   * The next issues of these checks after one, held for the rest of the transaction: open, seen again since the last try
   * ended, and not given up. An issue that somebody sees to, or put off, is theirs. A try of which nothing was heard for
   * a day is over.
   */
  due(checks: readonly string[], after: string, limit: number): Promise<DueHeal[]>;
  /** Puts on record, in the issues' histories, what is done about them and what came of it. */
  note(notes: readonly HealNote[]): Promise<void>;
  /** The issues for which this command was given, and of whose try nothing was heard yet; held as above. */
  askedBy(commandId: string): Promise<DueHeal[]>;
  /** Has the bus told these events again, which consumers that have handled them pass over. */
  relayAgain(eventIds: readonly string[]): Promise<number>;
}

const COLUMNS = `i.fingerprint, check_code AS "check", severity, entity_type AS "entityType", entity_id AS "entityId", evidence`;

/** How each step is called in an issue's history. */
const CHANGES = { asked: "heal_asked", healed: "healed", failed: "heal_failed", given_up: "heal_given_up" } as const;

/** What was done about an issue `i` lately. Reads through `issue_history_issue`. */
const LATELY = `LATERAL (
  SELECT count(*) FILTER (WHERE change = '${CHANGES.asked}')::int AS tries,
         max(id) FILTER (WHERE change = '${CHANGES.asked}') AS asked,
         max(at) FILTER (WHERE change = '${CHANGES.asked}') AS asked_at,
         max(id) FILTER (WHERE change IN ('${CHANGES.healed}', '${CHANGES.failed}')) AS answered,
         max(at) FILTER (WHERE change IN ('${CHANGES.healed}', '${CHANGES.failed}')) AS answered_at,
         count(*) FILTER (WHERE change = '${CHANGES.given_up}') AS given_up
    FROM vigia.issue_history AS h
   WHERE h.fingerprint = i.fingerprint AND h.at > now() - interval '7 days'
) AS lately`;

export function heals(sql: Queryable): Heals {
  return {
    async due(checks, after, limit) {
      const { rows } = await sql.query<DueHeal>(
        `SELECT ${COLUMNS}, tries
           FROM vigia.issues AS i
          CROSS JOIN ${LATELY}
          WHERE status = 'open' AND check_code = ANY($1::text[]) AND i.fingerprint > $2 AND given_up = 0
            AND (asked IS NULL OR (answered > asked AND last_seen > answered_at) OR asked_at < now() - interval '1 day')
          ORDER BY i.fingerprint
          LIMIT $3
            FOR UPDATE OF i`,
        [checks, after, limit],
      );
      return rows;
    },
    async note(notes) {
      await sql.query(
        `INSERT INTO vigia.issue_history (fingerprint, change, reason, command_id, details)
         SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::jsonb[])`,
        [
          notes.map(({ fingerprint }) => fingerprint),
          notes.map(({ step }) => CHANGES[step]),
          notes.map(({ reason }) => reason ?? null),
          notes.map(({ commandId }) => commandId ?? null),
          notes.map(({ details }) => (details ? JSON.stringify(details) : null)),
        ],
      );
    },
    async askedBy(commandId) {
      // Through `issue_history_command`.
      const { rows } = await sql.query<DueHeal>(
        `SELECT ${COLUMNS}, tries
           FROM vigia.issue_history AS step
           JOIN vigia.issues AS i USING (fingerprint)
          CROSS JOIN ${LATELY}
          WHERE step.command_id = $1 AND step.change = '${CHANGES.asked}' AND lately.asked = step.id
            AND (answered IS NULL OR answered < asked)
          ORDER BY i.fingerprint
            FOR UPDATE OF i`,
        [commandId],
      );
      return rows;
    },
    async relayAgain(eventIds) {
      const { rowCount } = await sql.query(
        `UPDATE vigia.outbox SET relayed_at = NULL WHERE id = ANY($1::text[]) AND relayed_at IS NOT NULL`,
        [eventIds],
      );
      return rowCount;
    },
  };
}
