import type { OrderStatus } from "@vigia/messages";
import { EntitySchema } from "typeorm";

export interface Order {
  id: string;
  sellerId: string;
  buyerId: string;
  sellerAddress: string;
  buyerAddress: string;
  chainId: number;
  /** The token's address; the zero address is the chain's native coin. */
  token: string;
  /** In the token's smallest unit, decimal. */
  amount: string;
  /** What the order is called on the chain: the escrow's id. */
  tradeKey: string | null;
  status: OrderStatus;
  depositTx: string | null;
  payoutTx: string | null;
  expiresAt: Date;
  paymentDeadline: Date | null;
  releaseDeadline: Date | null;
  createdAt: Date;
  updatedAt: Date;
  endedAt: Date | null;
}

export const OrderEntity = new EntitySchema<Order>({
  name: "order",
  schema: "marketplace",
  tableName: "orders",
  columns: {
    id: { type: "uuid", primary: true },
    sellerId: { type: "uuid", name: "seller_id" },
    buyerId: { type: "uuid", name: "buyer_id" },
    sellerAddress: { type: "text", name: "seller_address" },
    buyerAddress: { type: "text", name: "buyer_address" },
    chainId: { type: "bigint", name: "chain_id" },
    token: { type: "text" },
    amount: { type: "numeric", precision: 78, scale: 0 },
    tradeKey: { type: "text", name: "trade_key", nullable: true },
    status: { type: "text" },
    depositTx: { type: "text", name: "deposit_tx", nullable: true },
    payoutTx: { type: "text", name: "payout_tx", nullable: true },
    expiresAt: { type: "timestamptz", name: "expires_at" },
    paymentDeadline: { type: "timestamptz", name: "payment_deadline", nullable: true },
    releaseDeadline: { type: "timestamptz", name: "release_deadline", nullable: true },
    createdAt: { type: "timestamptz", name: "created_at", default: () => "now()" },
    updatedAt: { type: "timestamptz", name: "updated_at", default: () => "now()" },
    endedAt: { type: "timestamptz", name: "ended_at", nullable: true },
  },
});
