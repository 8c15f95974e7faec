import type { Database } from "@vigia/database";
import { type PlainIndex, stateAfter } from "@vigia/testkit";

/** What follows from the logs, beside the escrows' rows: each step that an escrow took, and where it was last told to be. */
export interface Consequences {
  readonly transitions: readonly {
    readonly escrowId: string;
    readonly status: string;
    readonly blockNumber: number;
    readonly logIndex: number;
  }[];
  readonly told: Readonly<Record<string, string>>;
}

/** Where an order of the escrow's key stands that nobody but its escrow moves: no dispute begins before it is paid. */
const ORDER_BY_STATE: Readonly<Record<string, string>> = {
  PendingDeposit: "created",
  Funded: "escrowed",
  Locked: "escrowed",
  Disputed: "escrowed",
  Split: "escrowed",
  Released: "completed",
  ResolvedBuyer: "completed",
  Refunded: "refunded",
  ResolvedSeller: "refunded",
  CancelledByBuyer: "cancelled",
  CancelledBySeller: "cancelled",
};

export function consequencesOf({ logs, escrows }: PlainIndex): Consequences {
  return {
    transitions: logs.map(({ escrowId, event, blockNumber, logIndex }) => ({
      ...{ escrowId, blockNumber, logIndex },
      status: statusOf(stateAfter(event)),
    })),
    told: Object.fromEntries(escrows.map(({ escrowId, state }) => [escrowId, statusOf(state)])),
  };
}

/** The same as it is on record. */
export async function consequencesOnRecord(database: Database): Promise<Consequences> {
  const transitions = await database.query<Consequences["transitions"][number]>(
    `SELECT escrow_id AS "escrowId", to_status AS status, block_number AS "blockNumber", log_index AS "logIndex"
       FROM vigia.escrow_transitions WHERE source <> 'reorg' ORDER BY block_number, log_index`,
  );
  const told = await database.query<{ escrowId: string; status: string }>(
    `SELECT DISTINCT ON (payload->>'escrowId') payload->>'escrowId' AS "escrowId", payload->>'status' AS status
       FROM vigia.outbox WHERE headers->>'ce-type' = 'vigia.escrow' ORDER BY payload->>'escrowId', position DESC`,
  );
  const there = told.rows.filter(({ status }) => status !== "vanished");
  return {
    transitions: transitions.rows,
    told: Object.fromEntries(there.map(({ escrowId, status }) => [escrowId, status])),
  };
}

/** Writes an order for each of these escrows, as a marketplace does, where there is none yet. */
export async function placeOrders(database: Database, chainId: number, { escrows }: PlainIndex): Promise<void> {
  await database.query(
    `INSERT INTO marketplace.orders (id, seller_id, buyer_id, seller_address, buyer_address, chain_id, token, amount,
                                     trade_key, status, expires_at)
     SELECT gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), '0x01', '0x02', $1, '0x00', 1, key, 'created', now()
       FROM unnest($2::text[]) AS given (key)
      WHERE NOT EXISTS (SELECT 1 FROM marketplace.orders WHERE trade_key = key)`,
    [chainId, escrows.map(({ escrowId }) => escrowId)],
  );
}

/** The orders that do not stand where their escrow says, or whose events do not lead there step by step from `created`. */
export async function strayOrders(database: Database, { escrows }: PlainIndex): Promise<string[]> {
  const expected = new Map(escrows.map(({ escrowId, state }) => [escrowId, ORDER_BY_STATE[state] ?? "created"]));
  const { rows: orders } = await database.query<{ id: string; key: string; status: string }>(
    `SELECT id, trade_key AS key, status FROM marketplace.orders`,
  );
  const { rows: events } = await database.query<{ id: string; from: string; to: string }>(
    `SELECT payload->>'orderId' AS id, payload->>'previousStatus' AS from, payload->>'status' AS to
       FROM vigia.outbox WHERE headers->>'ce-type' = 'vigia.order' ORDER BY position`,
  );
  return orders.flatMap(({ id, key, status }) => {
    const path = events.filter((event) => event.id === id);
    const isWhole = path.every(({ from }, index) => from === (path[index - 1]?.to ?? "created"));
    const wanted = expected.get(key) ?? "created";
    if (status === wanted && isWhole && (path.at(-1)?.to ?? "created") === status) return [];
    return [`${key} is ${status}, not ${wanted}, by ${path.map(({ from, to }) => `${from} → ${to}`).join(", ")}`];
  });
}

function statusOf(state: string): string {
  return state.replace(/(?<=[a-z])[A-Z]/g, (letter) => `_${letter}`).toLowerCase();
}
