import { replayDeadLetters, type ServiceDefinition, watchForStrays } from "@vigia/runtime";
import { backfillSchedules } from "./backfill.ts";
import { cancelRuns } from "./cancel.ts";
import { createDatabaseClock } from "./clock.ts";
import { scheduleCommands } from "./pause.ts";
import { scheduleSettings, schedulesFrom } from "./schedule.ts";
import { startTicker } from "./ticker.ts";

/** Schedules become ticks; beside that, what belongs to no job: stray messages, dead letters, and runs that are to end. */
export const scheduler: ServiceDefinition<typeof scheduleSettings> = {
  settings: scheduleSettings,
  commands: (environment) => [
    ...scheduleCommands(environment, schedulesFrom(environment.settings)),
    backfillSchedules(environment, schedulesFrom(environment.settings)),
    replayDeadLetters(environment),
    cancelRuns(),
  ],
  components: async (environment) => [
    await startTicker(
      { ...environment, clock: createDatabaseClock(environment.database) },
      schedulesFrom(environment.settings),
    ),
    watchForStrays(environment),
  ],
};
