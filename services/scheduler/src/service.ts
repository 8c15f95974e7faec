import { replayDeadLetters, type ServiceDefinition, watchForStrays } from "@vigia/runtime";
import { createDatabaseClock } from "./clock.ts";
import { scheduleCommands } from "./pause.ts";
import { scheduleSettings, schedulesFrom } from "./schedule.ts";
import { startTicker } from "./ticker.ts";

/** Schedules become ticks; beside that, what belongs to no job: stray messages and the replay of dead letters. */
export const scheduler: ServiceDefinition<typeof scheduleSettings> = {
  settings: scheduleSettings,
  commands: (environment) => [
    ...scheduleCommands(environment, schedulesFrom(environment.settings)),
    replayDeadLetters(environment),
  ],
  components: async (environment) => [
    await startTicker(
      { ...environment, clock: createDatabaseClock(environment.database) },
      schedulesFrom(environment.settings),
    ),
    watchForStrays(environment),
  ],
};
