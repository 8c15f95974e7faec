import { keepEndpoints } from "@vigia/database";
import type { ServiceDefinition } from "@vigia/runtime";
import { follow } from "./commands/follow.ts";
import { learntRanges, recordEndpoints } from "./endpoint-record.ts";
import { openFollowed } from "./follow/open.ts";
import { settings } from "./settings.ts";
import { reconcile } from "./tasks/reconcile.ts";
import { resync } from "./tasks/resync.ts";
import { sync } from "./tasks/sync.ts";
import { verify } from "./tasks/verify.ts";

/** The service as a whole: what its process runs, and what tests start. */
export const chainSync = {
  settings,
  tasks: async (environment) => {
    const { settings: values, database, log } = environment;
    const record = recordEndpoints(environment);
    const followed = await openFollowed(values, log, async (chainId, endpoints) => {
      await keepEndpoints(database, chainId, endpoints);
      return { ...record(chainId), learnt: await learntRanges(database, chainId) };
    });
    return [sync, verify, reconcile, resync].map((task) => task(followed));
  },
  commands: () => [follow()],
} satisfies ServiceDefinition<typeof settings>;
