import { createHash, randomUUID } from "node:crypto";
import type { Queryable } from "@vigia/database";
import type { DisputeStatus, EscrowStatus, OrderStatus } from "@vigia/messages";
import { ENDED_ORDER_STATUSES, LIVE_ESCROW_STATUSES } from "@vigia/messages";
import { createChainRecord } from "./chain-record.ts";

export const SELLER = "00000000-0000-4000-8000-000000000001";
export const BUYER = "00000000-0000-4000-8000-000000000002";
export const STRANGER = "00000000-0000-4000-8000-000000000003";
export const CHAIN_ID = 31_337;
export const CONTRACT = `0x${"c0".repeat(20)}`;
const HOUR_MS = 3_600_000;

const TABLES = [
  ...["orders", "order_history", "disputes"].map((table) => `marketplace.${table}`),
  ...["escrows", "escrow_transitions", "chain_logs", "chain_blocks", "chain_cursors"].map((table) => `vigia.${table}`),
  ...["outbox", "handled_messages", "dead_letters", "schedules", "executions", "downtimes"].map(
    (table) => `vigia.${table}`,
  ),
  ...["escrow_readings", "contract_balances", "contract_codes", "missing_logs", "endpoint_untruths"].map(
    (table) => `vigia.${table}`,
  ),
];

/** Columns by their names in the database. */
export type Row = Readonly<Record<string, unknown>>;

/** So long before now, or after it where negative. */
export function hoursAgo(hours: number): Date {
  return new Date(Date.now() - hours * HOUR_MS);
}

/** What the chain calls an escrow, and findings too. */
export function escrowIdOf(orderId: string): string {
  return `${CHAIN_ID}:${CONTRACT}:${tradeKeyOf(orderId)}`;
}

export function tradeKeyOf(orderId: string): string {
  return `0x${createHash("sha256").update(orderId).digest("hex")}`;
}

/** Writes rows as a sound marketplace would have them, some hours old, but for what is told otherwise. */
export function createMarketplace(sql: Queryable, nextId: () => string = randomUUID) {
  async function insert(table: string, row: Row): Promise<void> {
    const columns = Object.keys(row);
    const values = columns.map((_, index) => `$${index + 1}`);
    await sql.query(`INSERT INTO ${table} (${columns}) VALUES (${values})`, Object.values(row));
  }

  const parties = { seller_address: `0x${"5e".repeat(20)}`, buyer_address: `0x${"b1".repeat(20)}` };
  const terms = { chain_id: CHAIN_ID, token: `0x${"00".repeat(20)}`, amount: "1000000000000000000000" };

  async function order(status: OrderStatus, row: Row = {}): Promise<string> {
    const id = nextId();
    const ended = (ENDED_ORDER_STATUSES as string[]).includes(status);
    await insert("marketplace.orders", {
      id,
      seller_id: SELLER,
      buyer_id: BUYER,
      ...parties,
      ...terms,
      trade_key: tradeKeyOf(id),
      status,
      expires_at: hoursAgo(-1),
      created_at: hoursAgo(4),
      updated_at: hoursAgo(0.5),
      ended_at: ended ? hoursAgo(0.5) : null,
      ...row,
    });
    await history(id, status);
    return id;
  }

  const chain = createChainRecord(insert);

  /** An escrow with all that the chain told of it. */
  async function escrow(orderId: string, status: EscrowStatus, row: Row = {}): Promise<string> {
    const holds = status !== "pending_deposit" && LIVE_ESCROW_STATUSES.includes(status);
    const written: Row = {
      contract: CONTRACT,
      escrow_id: tradeKeyOf(orderId),
      order_id: orderId,
      status,
      ...parties,
      ...terms,
      balance: holds ? terms.amount : "0",
      created_block: 1,
      updated_block: status === "pending_deposit" ? 1 : 2,
      updated_log: chain.nextPlace(),
      status_source: "event",
      status_since: hoursAgo(0.5),
      created_at: hoursAgo(3),
      ...row,
    };
    await insert("vigia.escrows", written);
    await chain.lead(written, status);
    return escrowIdOf(orderId);
  }

  async function dispute(orderId: string, status: DisputeStatus, row: Row = {}): Promise<string> {
    const id = nextId();
    const times = { opened_at: hoursAgo(0.5), updated_at: hoursAgo(0.5) };
    await insert("marketplace.disputes", { id, order_id: orderId, opened_by: BUYER, status, ...times, ...row });
    return id;
  }

  async function history(orderId: string, to: OrderStatus, row: Row = {}): Promise<void> {
    await insert("marketplace.order_history", { order_id: orderId, to_status: to, actor: "marketplace", ...row });
  }

  /** An order with its escrow. */
  async function trade(order_: OrderStatus, escrow_: EscrowStatus, row: Row = {}, escrowRow: Row = {}) {
    const id = await order(order_, row);
    await escrow(id, escrow_, escrowRow);
    return id;
  }

  async function clear(): Promise<void> {
    chain.forget();
    await sql.query(`TRUNCATE ${TABLES}`);
  }

  return { sql, order, escrow, dispute, history, trade, chain, insert, clear };
}

export type Marketplace = ReturnType<typeof createMarketplace>;
