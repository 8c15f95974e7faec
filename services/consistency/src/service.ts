import type { ServiceDefinition } from "@vigia/runtime";
import { z } from "zod";
import type { Check } from "./check.ts";
import { CHECKS } from "./checks/index.ts";
import { check, deepCheck } from "./tasks/check.ts";

const DAY_SECONDS = 86_400;

const settings = z.object({
  /** The age at which a difference between the marketplace and the chain counts, where one may still be following. */
  CONSISTENCY_GRACE_SECONDS: z.coerce.number().int().min(0).max(DAY_SECONDS).default(120),
});

export function consistency(checks: readonly Check[] = CHECKS) {
  return {
    settings,
    tasks: ({ settings: { CONSISTENCY_GRACE_SECONDS: followingGraceSeconds } }) => [
      check({ checks, followingGraceSeconds }),
      deepCheck({ checks, followingGraceSeconds }),
    ],
  } satisfies ServiceDefinition<typeof settings>;
}
