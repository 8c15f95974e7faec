import { blockHash, LAST_BLOCK } from "../chain-record.ts";
import { CHAIN_ID, CONTRACT, escrowIdOf, hoursAgo, type Marketplace, tradeKeyOf } from "../marketplace.ts";
import type { Case } from "./case.ts";

const FOLLOWED = { chain_id: CHAIN_ID, contract: CONTRACT };
const CONTRACT_ID = `${CHAIN_ID}:${CONTRACT}`;
const TOKEN = `0x${"70".repeat(20)}`;
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

function reading(market: Marketplace, orderId: string, row: object): Promise<void> {
  return market.insert("vigia.escrow_readings", {
    ...logOf(orderId),
    block_number: LAST_BLOCK,
    recorded_status: "funded",
    recorded_balance: 1,
    status: "locked",
    balance: 1,
    told: false,
    ...row,
  });
}

/** What an endpoint told, once, or again and again since `first_at`. */
function untruth(market: Marketplace, kind: string, last_at: Date, first_at = last_at): Promise<void> {
  const told = { kind, message: "", first_at, last_at };
  return market.insert("vigia.endpoint_untruths", { chain_id: CHAIN_ID, endpoint: "rpc", ...told });
}

function balance(market: Marketplace, held: number, owed: number): Promise<void> {
  return market.insert("vigia.contract_balances", { ...FOLLOWED, token: TOKEN, block_number: 2, held, owed });
}

function code(market: Marketplace, block_number: number, code_digest: string, address = CONTRACT): Promise<void> {
  const seen = { address, block_number, code_digest, implementation: "0x00" };
  return market.insert("vigia.contract_codes", { ...FOLLOWED, ...seen });
}

export const chain: readonly Case[] = [
  {
    code: "CHAIN_STATE_DRIFT",
    clean: async (market) =>
      reading(market, await market.trade("escrowed", "locked"), { told: true, read_at: hoursAgo(25) }),
    violate: async (market) => {
      const orderId = await market.trade("escrowed", "locked");
      await reading(market, orderId, { told: true, read_at: hoursAgo(23) });
      return escrowIdOf(orderId);
    },
  },
  {
    code: "CHAIN_STATE_DRIFT",
    way: "by an escrow that the contract does not have",
    clean: (market) => market.trade("escrowed", "locked"),
    violate: async (market) => {
      const orderId = await market.trade("escrowed", "locked");
      await reading(market, orderId, { status: "absent", balance: null });
      return escrowIdOf(orderId);
    },
  },
  {
    code: "CHAIN_STATE_DRIFT",
    way: "once it is final",
    clean: async (market) =>
      reading(market, await market.trade("escrowed", "locked"), { told: true, block_number: LAST_BLOCK + 1 }),
    violate: async (market) => {
      const orderId = await market.trade("escrowed", "locked");
      await reading(market, orderId, { told: true });
      return escrowIdOf(orderId);
    },
  },
  {
    code: "CHAIN_SILENT_TRANSITION",
    clean: async (market) => reading(market, await market.trade("escrowed", "locked"), { read_at: hoursAgo(25) }),
    violate: async (market) => {
      const orderId = await market.trade("escrowed", "locked");
      await reading(market, orderId, { read_at: hoursAgo(23) });
      return escrowIdOf(orderId);
    },
  },
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
    code: "EVENT_MISSING",
    clean: (market) => furtherLog(market, 1, { event: "EscrowFunded" }),
    violate: async (market) => {
      const log = { block_number: 1, log_index: 77, transaction_hash: blockHash(7), event: "EscrowFunded" };
      await market.insert("vigia.missing_logs", { ...FOLLOWED, ...log });
      return `${CHAIN_ID}:1:77`;
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
    code: "CONTRACT_BALANCE_SHORT",
    clean: (market) => balance(market, 5, 5),
    violate: async (market) => {
      await balance(market, 4, 5);
      return `${CONTRACT_ID}:${TOKEN}`;
    },
  },
  {
    code: "CONTRACT_BALANCE_EXCESS",
    clean: (market) => balance(market, 0, 0),
    violate: async (market) => {
      await balance(market, 6, 5);
      return `${CONTRACT_ID}:${TOKEN}`;
    },
  },
  {
    code: "PAYOUT_NOT_CONSERVED",
    clean: (market) => market.trade("escrowed", "partially_released", {}, { balance: 1 }),
    violate: async (market) => escrowIdOf(await market.trade("completed", "released", {}, { balance: 1 })),
  },
  {
    code: "CONTRACT_CHANGED",
    clean: async (market) => {
      await code(market, 1, "aa");
      await code(market, 2, "bb", `0x${"c1".repeat(20)}`);
    },
    violate: async (market) => {
      await code(market, 1, "aa");
      await code(market, 2, "bb");
      return `${CONTRACT_ID}:2`;
    },
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
  {
    code: "CHAIN_ID_MISMATCH",
    clean: (market) => untruth(market, "other_chain", hoursAgo(2)),
    violate: async (market) => {
      await untruth(market, "other_chain", hoursAgo(0.5));
      return `${CHAIN_ID}:rpc`;
    },
  },
  {
    code: "RPC_DISAGREEMENT",
    clean: (market) => untruth(market, "missing_log", hoursAgo(2)),
    violate: async (market) => {
      await untruth(market, "missing_log", hoursAgo(0.5));
      await untruth(market, "bloom", hoursAgo(0.5));
      return `${CHAIN_ID}:rpc`;
    },
  },
  {
    code: "RPC_DISAGREEMENT",
    way: "on a block that does not settle",
    clean: (market) => untruth(market, "fork_unconfirmed", hoursAgo(0.1), hoursAgo(0.2)),
    violate: async (market) => {
      await untruth(market, "fork_unconfirmed", hoursAgo(0.1), hoursAgo(0.3));
      return `${CHAIN_ID}:rpc`;
    },
  },
];

/** A step that no escrow may take. */
function step(market: Marketplace, orderId: string, source: "event" | "state"): Promise<void> {
  const steps = { from_status: "locked", to_status: "pending_deposit", block_number: 2 };
  return market.insert("vigia.escrow_transitions", { ...logOf(orderId), ...steps, source });
}
