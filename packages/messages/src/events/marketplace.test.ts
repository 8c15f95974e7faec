import { disputeChanged, orderChanged } from "./marketplace.ts";

/** Ids as PostgreSQL's `uuid` takes them, and RFC 9562 does not. */
const [ORDER, SELLER, BUYER] = [1, 2, 3].map((digit) => `00000000-0000-0000-0000-00000000000${digit}`);
const AT = "2026-03-01T12:00:00.000Z";

test("an order's event names it and its parties, whatever the version of their ids", () => {
  const order = { orderId: ORDER, sellerId: SELLER, buyerId: BUYER, status: "expired", previousStatus: "created" };
  expect(orderChanged.schema.parse({ ...order, reason: "", at: AT })).toMatchObject(order);
  expect(() => orderChanged.schema.parse({ ...order, orderId: "7", reason: "", at: AT })).toThrow(/orderId/);
});

test("so does a dispute's", () => {
  const dispute = { disputeId: ORDER, orderId: ORDER, sellerId: SELLER, buyerId: BUYER, winnerId: BUYER };
  expect(disputeChanged.schema.parse({ ...dispute, status: "ruled", at: AT })).toMatchObject(dispute);
});
