import { runSeededTest } from "./seeded-test.mjs";

/*
 * `npm run test:consistency -- --seed S --orders N`: a sound marketplace of N orders, in which the deep check finds nothing
 * while others work on it; then violations at random, each of which it finds once. The seed is in the test's name.
 */
await runSeededTest({
  name: "test:consistency",
  test: "services/consistency/src/precision.test.ts",
  ...{ size: "orders", letter: "N", variable: "CONSISTENCY_TEST_ORDERS", fallback: 100_000 },
  says: (orders) => `the checks over ${orders} orders`,
});
