import { replayDeadLetters, runService, watchForStrays } from "@vigia/runtime";
import { scheduleCommands } from "./pause.ts";
import { scheduleSettings, schedulesFrom } from "./schedule.ts";
import { startTicker } from "./ticker.ts";

const now = () => new Date();

runService("scheduler", {
  settings: scheduleSettings,
  commands: (environment) => [
    ...scheduleCommands({ ...environment, now }, schedulesFrom(environment.settings)),
    replayDeadLetters(environment),
  ],
  components: async (environment) => [
    await startTicker({ ...environment, now }, schedulesFrom(environment.settings)),
    watchForStrays(environment),
  ],
});
