import type { DisputeStatus } from "@vigia/messages";
import { EntitySchema } from "typeorm";

export interface Dispute {
  id: string;
  orderId: string;
  openedBy: string;
  status: DisputeStatus;
  winnerId: string | null;
  openedAt: Date;
  updatedAt: Date;
  ruledAt: Date | null;
  closedAt: Date | null;
}

export const DisputeEntity = new EntitySchema<Dispute>({
  name: "dispute",
  schema: "marketplace",
  tableName: "disputes",
  columns: {
    id: { type: "uuid", primary: true },
    orderId: { type: "uuid", name: "order_id" },
    openedBy: { type: "uuid", name: "opened_by" },
    status: { type: "text" },
    winnerId: { type: "uuid", name: "winner_id", nullable: true },
    openedAt: { type: "timestamptz", name: "opened_at", default: () => "now()" },
    updatedAt: { type: "timestamptz", name: "updated_at", default: () => "now()" },
    ruledAt: { type: "timestamptz", name: "ruled_at", nullable: true },
    closedAt: { type: "timestamptz", name: "closed_at", nullable: true },
  },
});
