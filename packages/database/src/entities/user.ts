import { EntitySchema } from "typeorm";

export interface User {
  id: string;
  name: string;
  address: string;
  language: string;
  /** Operators are told of disputes and of what the system finds. */
  operator: boolean;
  createdAt: Date;
}

export const UserEntity = new EntitySchema<User>({
  name: "user",
  schema: "marketplace",
  tableName: "users",
  columns: {
    id: { type: "uuid", primary: true },
    name: { type: "text" },
    address: { type: "text" },
    language: { type: "text", default: "en" },
    operator: { type: "boolean", default: false },
    createdAt: { type: "timestamptz", name: "created_at", default: () => "now()" },
  },
});
