import { TASK_NAMES, taskDefinition } from "@vigia/messages";
import { readEscrow } from "./chain.ts";
import { CURSOR } from "./database.ts";
import type { ComposedSystem } from "./system.ts";
import { until } from "./until.ts";

const TRADE_LIMIT_MS = 8 * 60_000;
const MAX_COMPARED_ESCROWS = 5;

/** Schedule → tick → run → facts: every task runs, blocks are read, and trades go through. */
export async function proveFlow(system: ComposedSystem): Promise<void> {
  const { project, psql, report } = system;
  report.group("The jobs at work");
  await report.prove("blocks are read", project, ["chain-sync"], async () => {
    const before = await psql.count(CURSOR);
    const after = await until(
      "the cursor to advance",
      () => psql.count(CURSOR),
      (block) => block > before + 1,
    );
    return `from block ${before} to block ${after}`;
  });
  await report.prove("every scheduled task has completed runs by its ticks", project, ["scheduler"], () =>
    runs(system),
  );
  await report.prove("a trade completes, and its escrow's row equals the chain", project, ["demo", "chain-sync"], () =>
    completedTrades(system),
  );
  await report.prove("affected users are notified", project, ["notifications"], async () => {
    const notified = () => psql.count("SELECT count(DISTINCT user_id) FROM vigia.notifications");
    return `${await until("a notification", notified, (users) => users > 0)} users have notifications`;
  });
  await report.prove("findings are reported", project, ["consistency", "demo"], () => findings(system));
  await report.prove("no dead letters", project, [], async () => {
    const reasons = await psql.rows<{ subject: string; reason: string }>(
      "SELECT subject, reason FROM vigia.dead_letters",
    );
    if (reasons.length > 0) throw new Error(JSON.stringify(reasons));
    return "0";
  });
}

async function runs({ psql }: ComposedSystem): Promise<string> {
  const scheduled = TASK_NAMES.filter((task) => taskDefinition(task).schedule !== null);
  const query = `SELECT job, count(*)::int AS count FROM vigia.executions
    WHERE status = 'completed' AND trigger = 'schedule' GROUP BY job ORDER BY job`;
  const rows = await until(
    "a completed run of each task",
    () => psql.rows<{ job: string; count: number }>(query),
    (seen) => scheduled.every((task) => seen.some(({ job }) => job === task)),
  );
  return rows.map(({ job, count }) => `${job} ${count}`).join(", ");
}

async function completedTrades({ project, psql }: ComposedSystem): Promise<string> {
  const query = `SELECT escrow.escrow_id AS id, escrow.status, escrow.balance::text AS balance
    FROM vigia.escrows escrow JOIN marketplace.orders ON orders.id = escrow.order_id
    WHERE orders.status = 'completed' ORDER BY orders.ended_at LIMIT ${MAX_COMPARED_ESCROWS}`;
  const rows = await until(
    "a completed trade",
    () => psql.rows<{ id: string; status: string; balance: string }>(query),
    (escrows) => escrows.length > 0,
    TRADE_LIMIT_MS,
  );
  for (const { id, status, balance } of rows) {
    const onChain = await readEscrow(project, id);
    if (onChain.status !== status || onChain.balance !== balance) {
      throw new Error(`escrow ${id} is ${status} with ${balance} in its row, ${JSON.stringify(onChain)} on the chain`);
    }
  }
  return `${rows.length} completed, all with the chain's status and balance`;
}

async function findings({ psql }: ComposedSystem): Promise<string> {
  const query = "SELECT check_code AS code, count(*)::int AS count FROM vigia.issues GROUP BY 1 ORDER BY 1";
  const rows = await until(
    "an issue",
    () => psql.rows<{ code: string; count: number }>(query),
    (issues) => issues.length > 0,
    TRADE_LIMIT_MS,
  );
  return rows.map(({ code, count }) => `${code} ${count}`).join(", ");
}
