import { blockHash, LAST_BLOCK } from "../chain-record.ts";
import { CHAIN_ID, CONTRACT, escrowIdOf, hoursAgo, type Marketplace, tradeKeyOf } from "../marketplace.ts";
import type { Case } from "./case.ts";

const FOLLOWED = { chain_id: CHAIN_ID, contract: CONTRACT };
const CONTRACT_ID = `${CHAIN_ID}:${CONTRACT}`;
const TOPIC = `0x${"aa".repeat(32)}`;

function logOf(orderId: string) {
  return { ...FOLLOWED, escrow_id: tradeKeyOf(orderId) };
}

/** A log of an escrow that is on record, in this block. */
async function furtherLog(market: Marketplace, block: number, row: object = {}): Promise<string> {
  const orderId = await market.trade("escrowed", "locked");
  const log_index = market.chain.nextPlace();
  await market.chain.log(block, { ...logOf(orderId), log_index, ...row });
  return `${CHAIN_ID}:${block}:${log_index}`;
}

export const chain: readonly Case[] = [
  {
    code: "CHAIN_ESCROW_UNKNOWN",
    clean: (market) => market.trade("escrowed", "locked"),
    violate: async (market) => {
      const orderId = await market.order("escrowed");
      await market.chain.follow(CHAIN_ID, CONTRACT);
      await market.chain.log(1, logOf(orderId));
      return escrowIdOf(orderId);
    },
  },
  {
    code: "DB_ESCROW_NOT_CANONICAL",
    clean: (market) => market.trade("escrowed", "locked", {}, { updated_block: LAST_BLOCK }),
    violate: async (market) => {
      const orderId = await market.trade("escrowed", "locked");
      await market.sql.query(`DELETE FROM vigia.chain_logs WHERE block_number = 1`);
      return escrowIdOf(orderId);
    },
  },
  {
    code: "DB_ESCROW_NOT_CANONICAL",
    way: "by its last change",
    clean: async (market) => {
      await market.trade("escrowed", "locked", {}, { status_source: "state" });
      await market.sql.query(`UPDATE vigia.escrows SET updated_block = updated_block + 1`);
    },
    violate: async (market) => {
      const orderId = await market.trade("escrowed", "locked");
      await market.sql.query(`UPDATE vigia.escrows SET updated_log = updated_log + 1`);
      return escrowIdOf(orderId);
    },
  },
  {
    code: "EVENT_ORPHANED",
    clean: (market) => furtherLog(market, 1),
    violate: (market) => furtherLog(market, 1, { block_hash: blockHash(1, "0f") }),
  },
  {
    code: "EVENT_ORPHANED",
    way: "above the cursor",
    clean: (market) => furtherLog(market, LAST_BLOCK, { recorded_at: new Date() }),
    violate: (market) => furtherLog(market, LAST_BLOCK + 1, { recorded_at: new Date() }),
  },
  {
    code: "EVENT_DUPLICATE",
    clean: async (market) => {
      await furtherLog(market, 1, { transaction_hash: blockHash(7) });
      await furtherLog(market, 1, { transaction_hash: blockHash(7) });
    },
    violate: async (market) => {
      await furtherLog(market, 1, { transaction_hash: blockHash(7) });
      await furtherLog(market, 2, { transaction_hash: blockHash(7), recorded_at: new Date() });
      return `${CHAIN_ID}:${blockHash(7)}`;
    },
  },
  {
    code: "EVENT_UNAPPLIED",
    clean: (market) => furtherLog(market, LAST_BLOCK, { recorded_at: hoursAgo(0) }),
    violate: (market) => furtherLog(market, LAST_BLOCK, { recorded_at: hoursAgo(1) }),
  },
  {
    code: "EVENT_ILLEGAL_TRANSITION",
    clean: async (market) => step(market, await market.trade("escrowed", "locked"), "state"),
    violate: async (market) => {
      const orderId = await market.trade("escrowed", "locked");
      await step(market, orderId, "event");
      return escrowIdOf(orderId);
    },
  },
  {
    code: "EVENT_UNDECODED",
    clean: (market) => furtherLog(market, 1, { event: "OwnershipTransferred", escrow_id: null }),
    violate: async (market) => {
      await furtherLog(market, 1, { event: TOPIC, escrow_id: null });
      await furtherLog(market, 2, { event: TOPIC, escrow_id: null });
      return `${CONTRACT_ID}:${TOPIC}`;
    },
  },
  {
    code: "PAYOUT_NOT_CONSERVED",
    clean: (market) => market.trade("escrowed", "partially_released", {}, { balance: 1 }),
    violate: async (market) => escrowIdOf(await market.trade("completed", "released", {}, { balance: 1 })),
  },
  {
    code: "CHAIN_LAG",
    clean: (market) => market.chain.follow(CHAIN_ID, CONTRACT, { head_number: 53, updated_at: hoursAgo(0.1) }),
    violate: async (market) => {
      await market.chain.follow(CHAIN_ID, CONTRACT, { head_number: 54 });
      return CONTRACT_ID;
    },
  },
  {
    code: "CHAIN_LAG",
    way: "behind more than it waits for",
    clean: (market) => market.chain.follow(CHAIN_ID, CONTRACT, { head_number: 253, confirmations: 200 }),
    violate: async (market) => {
      await market.chain.follow(CHAIN_ID, CONTRACT, { head_number: 254, confirmations: 200 });
      return CONTRACT_ID;
    },
  },
  {
    code: "CHAIN_LAG",
    way: "by time",
    clean: (market) => market.chain.follow(CHAIN_ID, CONTRACT, { updated_at: hoursAgo(0.1) }),
    violate: async (market) => {
      await market.chain.follow(CHAIN_ID, CONTRACT, { updated_at: hoursAgo(0.2) });
      return CONTRACT_ID;
    },
  },
  {
    code: "CURSOR_GAP",
    clean: (market) => market.chain.follow(CHAIN_ID, CONTRACT),
    violate: async (market) => {
      await market.chain.follow(CHAIN_ID, CONTRACT);
      await market.sql.query(`DELETE FROM vigia.chain_blocks WHERE number = 2`);
      return CONTRACT_ID;
    },
  },
  {
    code: "CURSOR_GAP",
    way: "by a block that follows from another one",
    clean: (market) => market.chain.follow(CHAIN_ID, CONTRACT),
    violate: async (market) => {
      await market.chain.follow(CHAIN_ID, CONTRACT);
      await market.sql.query(`UPDATE vigia.chain_blocks SET hash = $1 WHERE number = 2`, [blockHash(2, "0f")]);
      return CONTRACT_ID;
    },
  },
  {
    code: "CURSOR_GAP",
    way: "by a cursor that the blocks do not lead to",
    clean: (market) => market.chain.follow(CHAIN_ID, CONTRACT, { block_hash: null }),
    violate: async (market) => {
      await market.chain.follow(CHAIN_ID, CONTRACT);
      await market.sql.query(`DELETE FROM vigia.chain_blocks`);
      return CONTRACT_ID;
    },
  },
];

/** A step that no escrow may take. */
function step(market: Marketplace, orderId: string, source: "event" | "state"): Promise<void> {
  const steps = { from_status: "locked", to_status: "pending_deposit", block_number: 2 };
  return market.insert("vigia.escrow_transitions", { ...logOf(orderId), ...steps, source });
}
