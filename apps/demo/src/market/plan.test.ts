import { ZeroAddress } from "ethers";
import { usersOf } from "../users.ts";
import { nextOrder, type Offer, PLAN_WEIGHTS, planOf } from "./plan.ts";

const ACCOUNTS = Array.from({ length: 10 }, (_, n) => `0x${String(n).repeat(40)}`);
const TOKEN = `0x${"e".repeat(40)}`;
const NOW = new Date("2026-01-01T00:00:00Z");
const ORDERS = 1_000;

function offer(count: number, seed = "a seed"): Offer {
  const users = usersOf("market", ACCOUNTS);
  return { seed, count, users, chainId: 31337, tokenAddress: TOKEN, now: NOW, paceMs: 1_000 };
}

describe("the market's orders", () => {
  const orders = Array.from({ length: ORDERS }, (_, count) => nextOrder(offer(count)));

  it("are the same for the same seed, and others for another", () => {
    expect(nextOrder(offer(7))).toEqual(orders[7]);
    expect(nextOrder(offer(7, "another seed")).id).not.toBe(orders[7]?.id);
    expect(new Set(orders.map((order) => order.id)).size).toBe(ORDERS);
  });

  it("are between two users, for a positive amount, in ETH and in tokens", () => {
    expect(orders.filter((order) => order.sellerAddress === order.buyerAddress)).toEqual([]);
    expect(orders.filter((order) => order.amount <= 0n)).toEqual([]);
    expect(new Set(orders.map((order) => order.token))).toEqual(new Set([ZeroAddress, TOKEN]));
    expect(new Set(orders.map((order) => order.sellerId)).size).toBe(usersOf("market", ACCOUNTS).length);
  });

  it("go as often in each way as the weights say, give or take", () => {
    const total = Object.values(PLAN_WEIGHTS).reduce((sum, weight) => sum + weight, 0);
    for (const [plan, weight] of Object.entries(PLAN_WEIGHTS)) {
      const share = orders.filter((order) => planOf(order.id) === plan).length / ORDERS;
      expect(Math.abs(share - weight / total)).toBeLessThan(0.05);
    }
  });

  it("expire soon if nobody will deposit, and late otherwise", () => {
    for (const order of orders) {
      const timeMs = order.expiresAt.getTime() - NOW.getTime();
      expect(timeMs).toBe(planOf(order.id) === "neverFunded" ? 6_000 : 3_600_000);
    }
  });
});
