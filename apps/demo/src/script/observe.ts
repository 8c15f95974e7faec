import { Client } from "pg";
import type { Expectations, Observed, ObservedEscrow, ObservedFinding } from "./expectations.ts";
import { notificationKey } from "./expectations.ts";

/** Reads from the tables, in one snapshot, what they hold of all that is expected. */
export async function observe(options: {
  readonly databaseUrl: string;
  readonly expectations: Expectations;
}): Promise<Observed> {
  const client = new Client({ connectionString: options.databaseUrl, application_name: "demo-observe" });
  await client.connect();
  try {
    await client.query("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
    const orders = await readOrders(client, options.expectations);
    const escrows = await readEscrows(client, options.expectations);
    const findings = await readFindings(client);
    const notifications = await readNotifications(client, options.expectations);
    await client.query("COMMIT");
    return { orders, escrows, findings, notifications };
  } finally {
    await client.end();
  }
}

async function readOrders(client: Client, { orders }: Expectations): Promise<Map<string, string>> {
  const { rows } = await client.query<{ id: string; status: string }>(
    "SELECT id, status FROM marketplace.orders WHERE id = ANY($1)",
    [orders.map((order) => order.orderId)],
  );
  return new Map(rows.map((row) => [row.id, row.status]));
}

async function readEscrows(client: Client, { escrows }: Expectations): Promise<Map<string, ObservedEscrow>> {
  const { rows } = await client.query<ObservedEscrow & { id: string }>(
    `SELECT e.escrow_id AS id, e.status, e.status_source AS source,
            (SELECT count(*)::int FROM vigia.chain_logs AS l
              WHERE (l.chain_id, l.contract, l.escrow_id) = (e.chain_id, e.contract, e.escrow_id)) AS logs
       FROM vigia.escrows AS e
      WHERE e.escrow_id = ANY($1)`,
    [escrows.map((escrow) => escrow.escrowId)],
  );
  return new Map(rows.map(({ id, ...escrow }) => [id, escrow]));
}

async function readFindings(client: Client): Promise<ObservedFinding[]> {
  const { rows } = await client.query<ObservedFinding>(
    `SELECT check_code AS "check", entity_id AS "entityId" FROM vigia.issues WHERE status = 'open'
      ORDER BY check_code, entity_id`,
  );
  return rows;
}

async function readNotifications(client: Client, { notifications }: Expectations): Promise<Map<string, number>> {
  const { rows } = await client.query<{ userId: string; orderId: string; count: number }>(
    `SELECT user_id AS "userId", data->>'orderId' AS "orderId", count(*)::int AS count
       FROM vigia.notifications
      WHERE user_id = ANY($1) AND data->>'orderId' = ANY($2)
      GROUP BY 1, 2`,
    [notifications.map(({ userId }) => userId), notifications.map(({ orderId }) => orderId)],
  );
  return new Map(rows.map((row) => [notificationKey(row.userId, row.orderId), row.count]));
}
