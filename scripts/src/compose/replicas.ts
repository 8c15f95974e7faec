import { randomUUID } from "node:crypto";
import { TASK_NAMES } from "@vigia/messages";
import type { ComposedSystem } from "./system.ts";
import { until } from "./until.ts";

const SCALED = ["scheduler", "cleanup"] as const;
const DUE_ORDERS = 40;
/** So many ticks of the most frequent task must pass under two schedulers. */
const MIN_TICKS = 8;

/** Two schedulers and two cleanups do the work of one, once. */
export async function proveReplicas(system: ComposedSystem): Promise<void> {
  const { project, psql, report } = system;
  report.group("Two replicas of scheduler and cleanup");
  const since = await psql.rows<{ now: string }>("SELECT now()").then(([row]) => row?.now ?? "");
  const started = await report.prove("they start beside each other", project, [...SCALED], async () => {
    await project.up(...SCALED.flatMap((service) => ["--scale", `${service}=2`]));
    for (const service of SCALED) {
      const running = (await project.containers(service)).filter(({ State }) => State.Health?.Status === "healthy");
      if (running.length !== 2) throw new Error(`${service} has ${running.length} healthy containers`);
    }
    return "two healthy containers each";
  });
  if (!started) return;
  await report.prove("due orders expire once", project, ["cleanup"], () => expireOnce(system, DUE_ORDERS));
  await report.prove("no tick runs twice", project, ["scheduler"], () => ticksOnce(system, since));
  await report.prove("they go again", project, [...SCALED], async () => {
    await project.up();
    const counts = await Promise.all(SCALED.map(async (service) => (await project.containers(service)).length));
    if (counts.some((count) => count !== 1)) throw new Error(`${counts.join(" and ")} containers are left`);
    return "one container each";
  });
}

/** Puts orders there whose time has passed; each is to expire once. */
export async function expireOnce({ psql }: ComposedSystem, orders: number): Promise<string> {
  const ids = Array.from({ length: orders }, () => `'${randomUUID()}'`).join(", ");
  await psql.execute(
    `INSERT INTO marketplace.orders
       (id, seller_id, buyer_id, seller_address, buyer_address, chain_id, token, amount, status, expires_at)
     SELECT id::uuid, gen_random_uuid(), gen_random_uuid(), '0x' || repeat('1', 40), '0x' || repeat('2', 40),
       31337, '0x' || repeat('0', 40), 1, 'created', now() - interval '1 minute'
     FROM unnest(ARRAY[${ids}]) id`,
  );
  const expired = `FROM marketplace.order_history WHERE to_status = 'expired' AND order_id IN (${ids})`;
  await until(
    "all due orders to expire",
    () => psql.count(`SELECT count(DISTINCT order_id) ${expired}`),
    (count) => count === orders,
  );
  const steps = await psql.count(`SELECT count(*) ${expired}`);
  const twice = await psql.count(
    `SELECT count(*) FROM (SELECT FROM marketplace.order_history WHERE to_status = 'expired'
      GROUP BY order_id HAVING count(*) > 1) orders`,
  );
  if (steps !== orders || twice > 0) throw new Error(`${steps} steps for ${orders} orders; ${twice} went twice`);
  return `${orders} orders, ${steps} entries in their history`;
}

/** A tick that comes again has the id of the first, so two runs of one tick would share their message's id. */
async function ticksOnce({ psql }: ComposedSystem, since: string): Promise<string> {
  const completed = `FROM vigia.executions
    WHERE trigger = 'schedule' AND status = 'completed' AND started_at > '${since}'`;
  await until(
    "ticks under two schedulers",
    () => psql.count(`SELECT count(*) ${completed} AND job = 'chain-sync.sync'`),
    (ticks) => ticks >= MIN_TICKS,
  );
  const twice = await psql.rows<{ id: string }>(
    `SELECT message_id AS id ${completed} GROUP BY message_id HAVING count(*) > 1`,
  );
  if (twice.length > 0) throw new Error(`run twice: ${twice.map(({ id }) => id).join(", ")}`);
  const [seen] = await psql.rows<{ ticks: number; tasks: number }>(
    `SELECT count(*)::int AS ticks, count(DISTINCT job)::int AS tasks ${completed}`,
  );
  const instances = await psql.count(`SELECT count(DISTINCT instance) ${completed} AND service = 'cleanup'`);
  return `${seen?.ticks} ticks of ${seen?.tasks} of ${TASK_NAMES.length} tasks; cleanup's were taken by ${instances} instances`;
}
