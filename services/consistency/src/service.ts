import type { ServiceDefinition } from "@vigia/runtime";
import type { Check } from "./check.ts";
import { CHECKS, RUN_CHECKS } from "./checks/index.ts";
import { issueCommands } from "./commands/mark-issues.ts";
import { configuredChecks, validateConfigured } from "./configured-checks.ts";
import { settings } from "./settings.ts";
import { check, deepCheck } from "./tasks/check.ts";

export function consistency(own: readonly Check[] = CHECKS) {
  return {
    settings,
    tasks: async ({ database, settings: { CONSISTENCY_GRACE_SECONDS: followingGraceSeconds, CONSISTENCY_CHECKS } }) => {
      const taken = [...own, ...RUN_CHECKS].map(({ code }) => code);
      await validateConfigured(database, CONSISTENCY_CHECKS, taken);
      const checks = [...own, ...configuredChecks(CONSISTENCY_CHECKS)];
      return [check({ checks, followingGraceSeconds }), deepCheck({ checks, followingGraceSeconds })];
    },
    commands: ({ settings: { CONSISTENCY_CHECKS } }) =>
      issueCommands([...own, ...configuredChecks(CONSISTENCY_CHECKS), ...RUN_CHECKS]),
  } satisfies ServiceDefinition<typeof settings>;
}
