import { runSeededTest } from "./seeded-test.mjs";

/*
 * `npm run test:chain -- --seed S --minutes M`: random lives of escrows, forks and kills behind endpoints that lie, for
 * as long as you like; compared with a plain index of the chain. Each story's seed is in its name.
 */
await runSeededTest({
  name: "test:chain",
  test: "services/chain-sync/src/hostile.test.ts",
  ...{ size: "minutes", letter: "M", variable: "CHAIN_TEST_MINUTES", fallback: 10 },
  says: (minutes) => `stories of the chain for about ${minutes} minutes`,
});
