import { z } from "zod";
import { ESCROW_STATUSES } from "../domain/escrow.ts";
import { defineEvent } from "./definition.ts";
import { address, amount, blockNumber, chainId, timestamp, uuid } from "./fields.ts";

export const chainSynced = defineEvent({
  type: "vigia.chain.synced",
  filter: "vigia.event.chain.synced.>",
  schema: z.object({
    chainId,
    contract: address,
    fromBlock: blockNumber,
    toBlock: blockNumber,
    headBlock: blockNumber,
    logs: z.int().nonnegative(),
    escrowsChanged: z.int().nonnegative(),
  }),
  subject: (chain) => `vigia.event.chain.synced.${chain.chainId}`,
  aggregate: (chain) => `chain:${chain.chainId}:${chain.contract}`,
  description: "Blocks were committed",
});

export const chainReorged = defineEvent({
  type: "vigia.chain.reorged",
  filter: "vigia.event.chain.reorged.>",
  schema: z.object({
    chainId,
    contract: address,
    ancestorBlock: blockNumber,
    removedBlocks: z.int().positive(),
    removedLogs: z.int().nonnegative(),
    escrowsChanged: z.int().nonnegative(),
  }),
  subject: (chain) => `vigia.event.chain.reorged.${chain.chainId}`,
  aggregate: (chain) => `chain:${chain.chainId}:${chain.contract}`,
  description: "A fork was rolled back to its common ancestor",
});

export const chainDrifted = defineEvent({
  type: "vigia.chain.drifted",
  filter: "vigia.event.chain.drifted.>",
  schema: z.object({
    chainId,
    contract: address,
    escrowId: z.string(),
    orderId: uuid.nullable(),
    atBlock: blockNumber,
    recorded: z.object({ status: z.enum(ESCROW_STATUSES), balance: amount }),
    onChain: z.object({ status: z.enum(ESCROW_STATUSES), balance: amount }),
  }),
  subject: (drift) => `vigia.event.chain.drifted.${drift.chainId}`,
  aggregate: (drift) => `escrow:${drift.chainId}:${drift.contract}:${drift.escrowId}`,
  description: "The contract's state differs from what its events told; the row was corrected",
});

export const resyncProgressed = defineEvent({
  type: "vigia.chain.resync-progress",
  filter: "vigia.event.chain.resync-progress.>",
  schema: z.object({
    chainId,
    contract: address,
    commandId: z.string(),
    fromBlock: blockNumber,
    toBlock: blockNumber,
    doneBlock: blockNumber,
    logs: z.int().nonnegative(),
  }),
  subject: (resync) => `vigia.event.chain.resync-progress.${resync.chainId}`,
  aggregate: (resync) => `command:${resync.commandId}`,
  description: "How far a resync has come",
});

export const providerChanged = defineEvent({
  type: "vigia.provider",
  filter: "vigia.event.provider.>",
  schema: z.object({
    status: z.enum(["degraded", "recovered"]),
    chainId,
    endpoint: z.string(),
    reason: z.string(),
    at: timestamp,
  }),
  subject: (provider) => `vigia.event.provider.${provider.status}.${provider.chainId}`,
  aggregate: (provider) => `provider:${provider.chainId}:${provider.endpoint}`,
  description: "An RPC endpoint was taken out, or came back",
});

export const escrowChanged = defineEvent({
  type: "vigia.escrow",
  filter: "vigia.event.escrow.>",
  schema: z.object({
    chainId,
    contract: address,
    escrowId: z.string(),
    orderId: uuid.nullable(),
    status: z
      .enum([...ESCROW_STATUSES, "vanished"])
      .describe("`vanished`: a fork undid the escrow as a whole, or it never was"),
    previousStatus: z.enum(ESCROW_STATUSES).nullable(),
    source: z.enum(["event", "state", "reorg"]),
    balance: amount,
    blockNumber,
  }),
  subject: (escrow) => `vigia.event.escrow.${escrow.status}.${escrow.chainId}.${escrow.escrowId}`,
  aggregate: (escrow) => `escrow:${escrow.chainId}:${escrow.contract}:${escrow.escrowId}`,
  description: "An escrow changed state because the chain says so",
});
