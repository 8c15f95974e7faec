import type { EntityRange } from "./issues.ts";
import type { Queryable } from "./queryable.ts";

/** What a check found and opened no issue for: it may still come right, or follows from something else. */
export interface WithheldFinding {
  readonly entityType: string;
  readonly entityId: string;
  /** Its order; where none is known, its escrow, or else the entity itself. */
  readonly trade: string;
}

export interface WithheldFindings {
  /** Puts these in the place of what was withheld of that check and range; with `trades`, of those alone. */
  replace(
    check: string,
    range: EntityRange,
    findings: readonly WithheldFinding[],
    trades?: readonly string[],
  ): Promise<void>;
  /** Forgets those of all other checks. */
  keepOnly(checks: readonly string[]): Promise<void>;
}

export function withheldFindings(sql: Queryable): WithheldFindings {
  return {
    async replace(check, { after, upTo }, findings, trades) {
      await sql.query(
        `DELETE FROM vigia.withheld_findings
          WHERE check_code = $1 AND ($2::text IS NULL OR entity_id > $2) AND ($3::text IS NULL OR entity_id <= $3)
            AND ($4::text[] IS NULL OR trade = ANY($4))`,
        [check, after ?? null, upTo ?? null, trades ?? null],
      );
      if (findings.length === 0) return;
      await sql.query(
        `INSERT INTO vigia.withheld_findings (check_code, entity_type, entity_id, trade)
         SELECT $1, * FROM unnest($2::text[], $3::text[], $4::text[])
             ON CONFLICT (check_code, entity_id) DO UPDATE SET trade = EXCLUDED.trade`,
        [
          check,
          findings.map(({ entityType }) => entityType),
          findings.map(({ entityId }) => entityId),
          findings.map(({ trade }) => trade),
        ],
      );
    },

    async keepOnly(checks) {
      await sql.query("DELETE FROM vigia.withheld_findings WHERE check_code <> ALL($1::text[])", [checks]);
    },
  };
}
