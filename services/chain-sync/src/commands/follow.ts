import { isFinal } from "@vigia/database";
import { defineCommand, type ServiceCommand } from "@vigia/runtime";
import { ordersFollow } from "../follow/orders-follow.ts";

/**
 * Moves an order on that should have followed its escrow long ago, as following the chain does, and no further. The
 * escrow's row is held from before the question whether it is final: who undoes a fork waits for it, or has gone before.
 * Where there is nothing to do, that is no mistake of whoever asked: it was otherwise when they looked.
 */
export function follow(): ServiceCommand {
  return defineCommand("chain-sync.follow", async ({ data, tx }) => {
    const { chainId, escrowId } = data;
    const contract = data.contract.toLowerCase();
    const [escrow] = await tx.escrows.lock({ chainId, contract }, [escrowId]);
    if (!escrow) return { moved: 0, because: "there is no such escrow on record" };
    if (!escrow.orderId) return { moved: 0, because: "the escrow belongs to no order" };
    const { orderId } = escrow;
    if (!(await isFinal(tx, { chainId, contract, escrowId }))) {
      return { moved: 0, orderId, because: "what the chain says of the escrow is not final yet" };
    }
    const changes = await ordersFollow(tx, { chainId, contract }, [escrowId]);
    const [first, last] = [changes.at(0), changes.at(-1)];
    if (!first || !last) return { moved: 0, orderId, because: "the order has moved already, or may not go there" };
    return { moved: changes.length, orderId, from: first.previousStatus, to: last.status };
  });
}
