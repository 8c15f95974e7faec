import { CURSOR } from "./database.ts";
import { recordedOnce } from "./death.ts";
import type { ComposedSystem } from "./system.ts";
import { until } from "./until.ts";

const KEPT_TABLES = [
  "marketplace.users",
  "marketplace.orders",
  "marketplace.order_history",
  "vigia.chain_logs",
  "vigia.escrows",
  "vigia.executions",
  "vigia.issues",
  "vigia.notifications",
  "vigia.event_feed",
] as const;

/** `down` and `up` again: the volumes hold everything, and it goes on from there. */
export async function proveAgain(system: ComposedSystem): Promise<void> {
  const { project, psql, report } = system;
  report.group("Down, and up again");
  const rowsBefore = await countRows(system);
  const reorgsBefore = await countReorgs(system);
  const cursorBefore = await psql.count(CURSOR);
  const restarted = await report.prove("the system stops and starts", project, ["chain", "chain-sync"], async () => {
    await project.down();
    const left = await project.containers();
    if (left.length > 0) throw new Error(`${left.length} containers are left`);
    await project.up();
    return "no container was left between";
  });
  if (!restarted) return;
  await report.prove("no row is lost", project, ["postgres"], async () => {
    const rows = await countRows(system);
    const lost = KEPT_TABLES.filter((table) => (rows[table] ?? 0) < (rowsBefore[table] ?? 0));
    if (lost.length > 0)
      throw new Error(lost.map((table) => `${table}: ${rowsBefore[table]}, then ${rows[table]}`).join("; "));
    return KEPT_TABLES.map((table) => `${table} ${rowsBefore[table]} → ${rows[table]}`).join(", ");
  });
  await report.prove("the contract is not deployed a second time", project, ["deploy-contract"], async () => {
    const deployment = JSON.parse(await project.logs("deploy-contract", 1)) as { address: string; startBlock: number };
    if (deployment.startBlock !== 0) throw new Error(`it was deployed in block ${deployment.startBlock}`);
    return `${deployment.address} was there already`;
  });
  await report.prove("the chain goes on, and so does the cursor", project, ["chain", "chain-sync"], async () => {
    const after = await until(
      "the cursor to go on",
      () => psql.count(CURSOR),
      (block) => block > cursorBefore,
    );
    const reorgs = (await countReorgs(system)) - reorgsBefore;
    if (reorgs > 0) throw new Error(`the chain lost blocks: ${reorgs} reorgs`);
    return `from block ${cursorBefore} to block ${after}, without a reorg`;
  });
  await report.prove("every log is still recorded once", project, ["chain-sync"], () => recordedOnce(system));
}

async function countRows({ psql }: ComposedSystem): Promise<Readonly<Record<string, number>>> {
  const counts = KEPT_TABLES.map((table) => `SELECT '${table}' AS name, count(*)::int FROM ${table}`);
  const rows = await psql.rows<{ name: string; count: number }>(counts.join(" UNION ALL "));
  return Object.fromEntries(rows.map(({ name, count }) => [name, count]));
}

function countReorgs({ psql }: ComposedSystem): Promise<number> {
  return psql.count("SELECT count(*) FROM vigia.outbox WHERE subject LIKE 'vigia.event.chain.reorged.%'");
}
