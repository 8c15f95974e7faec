import type { Project } from "./project.ts";

/** Rows that a query gives, by way of a psql in the database's own container. */
export interface Psql {
  rows<Row>(query: string): Promise<Row[]>;
  /** The one number that a query gives. */
  count(query: string): Promise<number>;
  execute(statement: string): Promise<void>;
}

/** `run` carries out `psql` with these arguments and gives its standard output. */
export function openPsql(run: (args: readonly string[]) => Promise<string>): Psql {
  const psql = (text: string) => run(["--no-psqlrc", "--quiet", "-At", "-v", "ON_ERROR_STOP=1", "-c", text]);
  return {
    async rows<Row>(query: string) {
      return JSON.parse(await psql(`SELECT coalesce(json_agg(rows), '[]') FROM (${query}) rows`)) as Row[];
    },
    async count(query) {
      const answer = Number(await psql(query));
      if (!Number.isSafeInteger(answer)) throw new Error(`no number came from ${query}`);
      return answer;
    },
    async execute(statement) {
      await psql(statement);
    },
  };
}

/** Of the composition's own database. */
export function openOwnPsql(project: Project): Psql {
  return openPsql((args) => project.exec("postgres", "psql", "-U", "vigia", "-d", "vigia", ...args));
}

export const CURSOR = "SELECT coalesce(max(block_number), 0) FROM vigia.chain_cursors";
