import { runService, watchForStrays } from "@vigia/runtime";
import { scheduleSettings, schedulesFrom } from "./schedule.ts";
import { startTicker } from "./ticker.ts";

runService("scheduler", {
  settings: scheduleSettings,
  components: async (environment) => [
    await startTicker({ ...environment, now: () => new Date() }, schedulesFrom(environment.settings)),
    watchForStrays(environment),
  ],
});
