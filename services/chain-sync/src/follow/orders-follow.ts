import type { ContractKey, OrderChange, Transaction } from "@vigia/database";
import { ESCROW_UNDONE, type EscrowStatus, FOLLOWED_ESCROW, orderChanged } from "@vigia/messages";

/** Moves the orders of these escrows to where the chain says, and tells what moved and why. */
export async function ordersFollow(
  tx: Transaction,
  of: ContractKey,
  escrowIds: readonly string[],
): Promise<OrderChange[]> {
  if (escrowIds.length === 0) return [];
  const { chainId, contract } = of;
  const changes = await tx.orders.followEscrows(escrowIds.map((escrowId) => ({ chainId, contract, escrowId })));
  if (changes.length === 0) return [];
  const rows = await tx.escrows.lock(of, escrowIds);
  const statuses = new Map(rows.map(({ orderId, status }) => [orderId, status]));
  const at = new Date().toISOString();
  await tx.emit(
    changes.map((change) => orderChanged({ ...change, reason: reasonOf(statuses.get(change.orderId)), at })),
  );
  return changes;
}

/** Links escrows to orders that came after them, and moves those. See `Escrows.linkOrders`. */
export async function linkOrders(
  tx: Transaction,
  of: ContractKey,
  which: Parameters<Transaction["escrows"]["linkOrders"]>[1],
): Promise<void> {
  const linked = await tx.escrows.linkOrders(of, which);
  await ordersFollow(
    tx,
    of,
    linked.map(({ escrowId }) => escrowId),
  );
}

/** Takes back what orders did because of what a fork undid of their escrow, and tells each step back. */
export async function ordersGoBack(
  tx: Transaction,
  of: ContractKey,
  orderIds: ReadonlyMap<string, string>,
): Promise<void> {
  if (orderIds.size === 0) return;
  const reached = await tx.escrows.reached(of, [...orderIds.keys()]);
  const changes = await tx.orders.undoSteps(
    [...orderIds].map(([escrowId, orderId]) => ({ orderId, reached: reached.get(escrowId) ?? [] })),
  );
  const at = new Date().toISOString();
  await tx.emit(changes.map((change) => orderChanged({ ...change, source: "reorg", reason: ESCROW_UNDONE, at })));
}

const WORDS: Partial<Record<EscrowStatus, string>> = {
  funded: "the seller's deposit is in the escrow",
  locked: "the seller's deposit is locked in the escrow",
  disputed: "the escrow is disputed",
  released: "the escrow was released to the buyer",
  refunded: "the escrow went back to the seller",
  cancelled_by_buyer: "the buyer cancelled the escrow",
  cancelled_by_seller: "the seller cancelled the escrow",
  resolved_buyer: "the dispute over the escrow was resolved in favour of the buyer",
  resolved_seller: "the dispute over the escrow was resolved in favour of the seller",
  split: "the dispute over the escrow was resolved by dividing it",
};

function reasonOf(status: EscrowStatus | undefined): string {
  if (!status) return FOLLOWED_ESCROW;
  return WORDS[status] ?? `the escrow is ${status.replaceAll("_", " ")}`;
}
