import { ConfigurationError, databasePlace, type ServiceDefinition, type ServiceEnvironment } from "@vigia/runtime";
import type { z } from "zod";
import type { Check } from "./check.ts";
import { CHECKS, RUN_CHECKS } from "./checks/index.ts";
import { issueCommands } from "./commands/mark-issues.ts";
import { configuredChecks, validateConfigured } from "./configured-checks.ts";
import { healOutcomes } from "./heal/outcomes.ts";
import { settings } from "./settings.ts";
import { check, deepCheck } from "./tasks/check.ts";
import type { Replica } from "./view.ts";

export function consistency(own: readonly Check[] = CHECKS) {
  return {
    settings,
    tasks: async ({ database, settings }) => {
      const { CONSISTENCY_GRACE_SECONDS: followingGraceSeconds, CONSISTENCY_CHECKS } = settings;
      const taken = [...own, ...RUN_CHECKS].map(({ code }) => code);
      await validateConfigured(database, CONSISTENCY_CHECKS, taken);
      const checks = [...own, ...configuredChecks(CONSISTENCY_CHECKS)];
      const healed = checks.filter(({ code }) => settings.CONSISTENCY_HEAL.includes(code));
      const options = { checks, healed, followingGraceSeconds, replica: replicaOf(settings) };
      return [check(options), deepCheck(options)];
    },
    commands: ({ settings: { CONSISTENCY_CHECKS } }) =>
      issueCommands([...own, ...configuredChecks(CONSISTENCY_CHECKS), ...RUN_CHECKS]),
    consumers: [healOutcomes],
  } satisfies ServiceDefinition<typeof settings>;
}

/** Throws `ConfigurationError` where its URL does not fit the database's TLS. */
function replicaOf(given: ServiceEnvironment<z.infer<typeof settings>>["settings"]): Replica | undefined {
  const { CONSISTENCY_REPLICA_URL: url, CONSISTENCY_REPLICA_PATIENCE_SECONDS: patienceSeconds } = given;
  if (url === undefined) return undefined;
  try {
    return { ...databasePlace({ ...given, DATABASE_URL: url }), patienceSeconds };
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    throw new ConfigurationError(error.problems.map((problem) => problem.replace("DATABASE", "CONSISTENCY_REPLICA")));
  }
}
