import type { MigrationInterface, QueryRunner } from "typeorm";

/**
 * Which trades changed, written by whoever changes them, in the same transaction: the checks then look at those alone. A
 * marketplace whose tables are views of its own has no triggers there, and all of it is looked at each time.
 */
export class Changes1700000043000 implements MigrationInterface {
  name = "Changes1700000043000";

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(CHANGES);
    for (const [table, names] of Object.entries(NAMES)) await runner.query(notingFunction(table, names));
    for (const table of Object.keys(NAMES)) await runner.query(triggersOn(table));
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of Object.keys(NAMES)) await runner.query(`DROP FUNCTION ${functionOf(table)}() CASCADE`);
    await runner.query(`
      DROP TABLE vigia.changes;
      ALTER TABLE vigia.canaries DROP COLUMN seen_whole;
    `);
  }
}

const CHANGES = `
CREATE TABLE vigia.changes (
  -- Of the transaction that made the change.
  xid       xid8 NOT NULL DEFAULT pg_current_xact_id(),
  order_id  uuid,
  chain_id  bigint,
  contract  text,
  -- Of an order, its trade key. Without this and an order, anything may have changed.
  escrow_id text
);
-- With which checks all that there is was looked at last.
ALTER TABLE vigia.canaries ADD COLUMN seen_whole text;
`;

/** By the tables, what a row of theirs says of its trade. Any other change there may concern any trade. */
const NAMES: Readonly<Record<string, string | undefined>> = {
  "marketplace.orders": "id, NULL::bigint, NULL::text, trade_key",
  "marketplace.order_history": "order_id, NULL::bigint, NULL::text, NULL::text",
  "marketplace.disputes": "order_id, NULL::bigint, NULL::text, NULL::text",
  "vigia.escrows": "order_id, chain_id, contract, escrow_id",
  "vigia.escrow_transitions": "NULL::uuid, chain_id, contract, escrow_id",
  "vigia.chain_logs": "NULL::uuid, chain_id, contract, escrow_id",
  "vigia.chain_cursors": undefined,
  "vigia.downtimes": undefined,
};

/** A statement that changes more is not worth being followed: all is looked at after it. */
const MOST = 1_000;

function functionOf(table: string): string {
  return `vigia.note_${table.replace(".", "_")}`;
}

/** Of a log that is of no escrow, no check asks for a trade. */
function notingFunction(table: string, names: string | undefined): string {
  const into = "INSERT INTO vigia.changes (order_id, chain_id, contract, escrow_id)";
  const rows = (from: string) =>
    `SELECT ${names} FROM ${from}${table === "vigia.chain_logs" ? " WHERE escrow_id IS NOT NULL" : ""}`;
  // Counted first: what is too much to be followed is not to be written for nothing.
  const noting = (changed: string, selected: string) => `
    SELECT count(*) INTO noted FROM (SELECT FROM ${changed} LIMIT ${MOST + 1}) AS counted;
    IF noted <= ${MOST} THEN
      ${into} ${selected};
    END IF;`;
  const each = `
  IF TG_OP = 'INSERT' THEN${noting("added", rows("added"))}
  ELSIF TG_OP = 'DELETE' THEN${noting("removed", rows("removed"))}
  ELSIF TG_OP = 'UPDATE' THEN${noting("added", `${rows("added")} UNION ${rows("removed")}`)}
  END IF;`;
  // A statement may well have changed nothing, as one that is within another.
  const any = `
  IF TG_OP = 'INSERT' THEN
    IF NOT EXISTS (SELECT FROM added) THEN RETURN NULL; END IF;
  ELSIF TG_OP = 'DELETE' THEN
    IF NOT EXISTS (SELECT FROM removed) THEN RETURN NULL; END IF;
  END IF;`;
  return `
CREATE FUNCTION ${functionOf(table)}() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  noted bigint := ${MOST + 1};
BEGIN${names === undefined ? any : each}
  IF noted > ${MOST} OR TG_OP = 'TRUNCATE' THEN
    INSERT INTO vigia.changes DEFAULT VALUES;
  END IF;
  RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION ${functionOf(table)}() FROM PUBLIC;`;
}

/** For each statement, whatever the number of its rows. */
function triggersOn(table: string): string {
  // How far a chain was read changes all the time, and is for checks that look at it each time.
  const follows = table !== "vigia.chain_cursors";
  const trigger = (name: string, event: string, tables: string) =>
    `EXECUTE 'CREATE TRIGGER vigia_notes_${name} AFTER ${event} ON ${table} ${tables}
                FOR EACH STATEMENT EXECUTE FUNCTION ${functionOf(table)}()';`;
  return `
DO $$ BEGIN
  IF (SELECT relkind FROM pg_class WHERE oid = '${table}'::regclass) IN ('r', 'p') THEN
    ${trigger("new", "INSERT", "REFERENCING NEW TABLE AS added")}
    ${trigger("old", "DELETE", "REFERENCING OLD TABLE AS removed")}
    ${follows ? trigger("change", "UPDATE", "REFERENCING OLD TABLE AS removed NEW TABLE AS added") : trigger("change", "UPDATE OF chain_id, contract", "")}
    ${trigger("end", "TRUNCATE", "")}
  END IF;
END $$;`;
}
