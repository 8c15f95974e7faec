import type { ServiceDefinition } from "@vigia/runtime";
import type { Check } from "./check.ts";
import { CHECKS, RUN_CHECKS } from "./checks/index.ts";
import { issueCommands } from "./commands/mark-issues.ts";
import { settings } from "./settings.ts";
import { check, deepCheck } from "./tasks/check.ts";

export function consistency(checks: readonly Check[] = CHECKS) {
  return {
    settings,
    tasks: ({ settings: { CONSISTENCY_GRACE_SECONDS: followingGraceSeconds } }) => [
      check({ checks, followingGraceSeconds }),
      deepCheck({ checks, followingGraceSeconds }),
    ],
    commands: () => issueCommands([...checks, ...RUN_CHECKS]),
  } satisfies ServiceDefinition<typeof settings>;
}
