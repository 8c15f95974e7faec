import type { CheckFacts } from "../check.ts";
import { MOST_TRIES } from "../heal/heal.ts";
import { FAMILIES } from "./index.ts";

const TITLES: Readonly<Record<keyof typeof FAMILIES, string>> = {
  "order-escrow": "Orders and their escrows",
  timers: "Timers",
  disputes: "Disputes",
  chain: "The chain and its record",
  hygiene: "Hygiene",
  own: "Vigia itself",
};

/** The checks for people to read, as Markdown. */
export function document(): string {
  const families = Object.entries(FAMILIES) as [keyof typeof FAMILIES, readonly CheckFacts[]][];
  return [
    "# Checks",
    "",
    "What Vigia looks for. Each check says what is wrong with one order, escrow, dispute, or part of the record; what it",
    "found is an issue, which is told when it opens, when its evidence changes, and when it is gone. A difference that",
    "comes right by itself within the grace is no finding. An issue opens no other that follows from it on the same trade",
    "(it _explains_ that one); one on a contract explains those on its escrows, and those on orders of its chain that have no",
    "escrow. Between deep checks, only trades that changed are looked at, and what time alone brings on. Below each table stands",
    "why its checks matter, and what to do about what they found.",
    "",
    "_following_: as long as the marketplace and the chain may differ while one follows the other,",
    "`CONSISTENCY_GRACE_SECONDS` (120 unless set).",
    "",
    "## Healing",
    "",
    "Some checks can have what they found mended without a person: what follows from final facts of the chain alone, along",
    "the order's states, never backward, and never so that money moves. None does so unless `CONSISTENCY_HEAL` names it:",
    "`CONSISTENCY_HEAL=ESCROW_RELEASED_ORDER_OPEN,EVENT_MISSING`. A run then asks the service whose it is to change, for an",
    "issue that is open (one that is acknowledged or snoozed is somebody's); that service looks again, under the row's lock,",
    "whether it is still so. `vigia check run --dry-run` shows what would be done, and does nothing. Each try is in the",
    "issue's history, with what was found before and what came of it (`vigia issues history FINGERPRINT`), and an event",
    `(\`vigia.event.consistency-heal.>\`). After ${MOST_TRIES} tries within a week that did not help, the issue is left to people, and`,
    "that is told too.",
    "",
    "| check | what is done |",
    "|---|---|",
    ...families.flatMap(([, checks]) =>
      checks.flatMap(({ code, heal }) => (heal ? [`| \`${code}\` | ${heal.does} |`] : [])),
    ),
    ...families.flatMap(([family, checks]) => [
      "",
      `## ${TITLES[family]}`,
      "",
      ...table(checks),
      "",
      ...advice(checks),
    ]),
    "",
    "## Your own",
    "",
    "A check that only your marketplace needs is SQL in `vigia.yaml`; its issues are like all others:",
    "",
    "```yaml",
    "consistency:",
    "  checks:",
    "    ORDER_WITHOUT_KEY:",
    "      severity: high                      # critical, high, medium or low",
    "      meaning: the order has no trade key, so no escrow can be found for it",
    "      query: |",
    "        SELECT id AS entity_id, jsonb_build_object('orderId', id, 'status', status) AS evidence, updated_at AS since",
    "          FROM marketplace.orders",
    "         WHERE trade_key IS NULL AND status = 'escrowed'",
    "      graceSeconds: 600                   # 0 unless set; how long `since` must be past",
    "      entityType: order                   # unless set",
    "      schedule: frequent                  # or deep: in the deep check alone",
    "      timeLimitSeconds: 10                # unless set",
    "```",
    "",
    "The query returns `entity_id` and `evidence`, a JSON object that stays the same while the violation does (`orderId` in it",
    "says which trade it is about); with a grace also `since`. It is one statement, may read what the service may read",
    "(`packages/access/src/service.ts`), sees the same instant as the other checks, and is ended after its time limit, which is",
    "the issue `CHECK_INCOMPLETE`. PostgreSQL tries it when the service starts: what is wrong with it is told with its line and",
    "column, and the service ends with code 78. Issues of a check that you take away stay as they are: see that they are",
    "resolved first.",
    "",
    "This page is generated from the checks: `npm run document -w @vigia/consistency`.",
    "",
  ].join("\n");
}

function table(checks: readonly CheckFacts[]): string[] {
  return [
    "| check | severity | on | found when | grace | runs | explains |",
    "|---|---|---|---|---|---|---|",
    ...checks.map(
      (check) =>
        `| \`${check.code}\` | ${check.severity} | ${check.entityType} | ${check.meaning} | ${grace(check)} | ` +
        `${check.deep ? "deep check" : "every check"} | ${check.inhibits.map((code) => `\`${code}\``).join(", ")} |`,
    ),
  ];
}

function advice(checks: readonly CheckFacts[]): string[] {
  return checks.map(({ code, why, remedy }) => `- \`${code}\`: ${why} _What to do:_ ${remedy}`);
}

function grace({ graceSeconds }: CheckFacts): string {
  if (graceSeconds === "following") return "_following_";
  if (graceSeconds === 0) return "none";
  if (graceSeconds < 3_600) return `${graceSeconds / 60} min`;
  const hours = graceSeconds / 3_600;
  return hours < 48 ? `${hours} h` : `${hours / 24} days`;
}
