import { replayDeadLetters, type ServiceDefinition, watchForStrays } from "@vigia/runtime";
import { scheduleCommands } from "./pause.ts";
import { scheduleSettings, schedulesFrom } from "./schedule.ts";
import { startTicker } from "./ticker.ts";

/** Schedules become ticks; beside that, what belongs to no job: stray messages and the replay of dead letters. */
export function scheduler(now: () => Date): ServiceDefinition<typeof scheduleSettings> {
  return {
    settings: scheduleSettings,
    commands: (environment) => [
      ...scheduleCommands({ ...environment, now }, schedulesFrom(environment.settings)),
      replayDeadLetters(environment),
    ],
    components: async (environment) => [
      await startTicker({ ...environment, now }, schedulesFrom(environment.settings)),
      watchForStrays(environment),
    ],
  };
}
