import type { EscrowStatus } from "@vigia/messages";
import { EntitySchema } from "typeorm";

/** Where an escrow's status is known from: a log of the contract, or its state read by a call. */
export type StatusSource = "event" | "state";

export interface Escrow {
  chainId: number;
  contract: string;
  escrowId: string;
  orderId: string | null;
  status: EscrowStatus;
  sellerAddress: string;
  buyerAddress: string;
  token: string;
  /** What was agreed, in the token's smallest unit, decimal. */
  amount: string;
  /** What the escrow holds now. */
  balance: string;
  createdBlock: number;
  updatedBlock: number;
  updatedLog: number;
  statusSource: StatusSource;
  statusSince: Date;
  verifiedBlock: number | null;
  verifiedAt: Date | null;
  createdAt: Date;
  updatedAt: Date;
}

export const EscrowEntity = new EntitySchema<Escrow>({
  name: "escrow",
  schema: "vigia",
  tableName: "escrows",
  columns: {
    chainId: { type: "bigint", name: "chain_id", primary: true },
    contract: { type: "text", primary: true },
    escrowId: { type: "text", name: "escrow_id", primary: true },
    orderId: { type: "uuid", name: "order_id", nullable: true },
    status: { type: "text" },
    sellerAddress: { type: "text", name: "seller_address" },
    buyerAddress: { type: "text", name: "buyer_address" },
    token: { type: "text" },
    amount: { type: "numeric", precision: 78, scale: 0 },
    balance: { type: "numeric", precision: 78, scale: 0 },
    createdBlock: { type: "bigint", name: "created_block" },
    updatedBlock: { type: "bigint", name: "updated_block" },
    updatedLog: { type: "integer", name: "updated_log" },
    statusSource: { type: "text", name: "status_source" },
    statusSince: { type: "timestamptz", name: "status_since" },
    verifiedBlock: { type: "bigint", name: "verified_block", nullable: true },
    verifiedAt: { type: "timestamptz", name: "verified_at", nullable: true },
    createdAt: { type: "timestamptz", name: "created_at", default: () => "now()" },
    updatedAt: { type: "timestamptz", name: "updated_at", default: () => "now()" },
  },
});
