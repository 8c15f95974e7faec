import { SEVERITIES } from "@vigia/messages";
import { sectionOf } from "@vigia/runtime";
import { z } from "zod";
import { ENTITY_TYPES } from "./check.ts";
import { HEALABLE } from "./checks/index.ts";

const CAN_BE = `these can be: ${HEALABLE.join(", ")}`;
const DAY_SECONDS = 86_400;
/** No longer than one statement may take in any case. */
const LONGEST_QUERY_SECONDS = 60;

const configuredCheck = z.strictObject({
  severity: z.enum(SEVERITIES),
  meaning: z.string().min(1).describe("What is wrong with one entity, in a sentence without its full stop"),
  query: z.string().min(1).describe("Returns entity_id and evidence, a JSON object; with a grace also since"),
  entityType: z.enum(ENTITY_TYPES).exclude(["check"]).default("order"),
  graceSeconds: z.coerce
    .number()
    .int()
    .min(0)
    .max(365 * DAY_SECONDS)
    .default(0)
    .describe("How long since must be past"),
  schedule: z.enum(["frequent", "deep"]).default("frequent").describe("In every check, or in the deep check alone"),
  timeLimitSeconds: z.coerce.number().int().min(1).max(LONGEST_QUERY_SECONDS).default(10),
});

const CODE = /^[A-Z][A-Z0-9_]{2,63}$/;
const configuredChecks = z.record(
  z.string().regex(CODE, "must be capital letters, digits and _, as in PRICE_MISSING"),
  configuredCheck,
);

export type ConfiguredCheck = z.infer<typeof configuredCheck>;
export type ConfiguredChecks = z.infer<typeof configuredChecks>;

export const settings = z.object({
  CONSISTENCY_GRACE_SECONDS: z.coerce.number().int().min(0).max(DAY_SECONDS).default(120).meta({
    yaml: "graceSeconds",
    description:
      "The age at which a difference between the marketplace and the chain counts, where one may still be following",
  }),
  CONSISTENCY_REPLICA_URL: z
    .string()
    .regex(/^postgres(ql)?:\/\//, "must be a URL that starts with postgres://")
    .optional()
    .meta({
      yaml: "replica.url",
      description:
        "A streaming replica of the database, for the checks to read from: as `DATABASE_URL`, with the same login and TLS",
    }),
  CONSISTENCY_REPLICA_PATIENCE_SECONDS: z.coerce.number().int().min(0).max(600).default(30).meta({
    yaml: "replica.patienceSeconds",
    description: "How long a run waits for the replica to come as far as the run's beginning, before it reads without",
  }),
  CONSISTENCY_HEAL: z
    .string()
    .default("")
    .transform((text) =>
      text
        .split(",")
        .map((code) => code.trim())
        .filter((code) => code !== ""),
    )
    .pipe(z.array(z.enum(HEALABLE, { error: ({ input }) => `${input} is no check that can be healed; ${CAN_BE}` })))
    .meta({
      yaml: "heal",
      description:
        "The checks whose findings are mended without a person, with commas between, as in ESCROW_RELEASED_ORDER_OPEN; " +
        "none unless told. docs/checks.md says what is done for each",
    }),
  CONSISTENCY_CHECKS: sectionOf(configuredChecks)
    .default({})
    .meta({
      yaml: "checks",
      section: true,
      description:
        "Checks of your own as SQL, by their codes, each with severity, meaning, query (it returns entity_id and " +
        "evidence), entityType, graceSeconds, schedule, timeLimitSeconds: see docs/checks.md",
    }),
});
