import type { Queryable } from "@vigia/database";
import { TASK_NAMES } from "@vigia/messages";
import type { Overview, ServicePresence } from "../answers.ts";
import { findProblems } from "../problems.ts";
import { listCursors } from "./chain.ts";
import { countOpenDeadLetters } from "./dead-letters.ts";
import { sinceRedisIsAway } from "./events.ts";
import { countOpenIssues } from "./issues.ts";
import { listSchedules } from "./jobs.ts";
import { countGivenUp } from "./notices.ts";
import { listFailures } from "./runs.ts";

const WITHIN_HOURS = 24;
/** What was given up longer ago is no news that anybody could use. */
const GIVEN_UP_WITHIN_DAYS = 7;

/** What an installation is made of; each must have a process that lives. */
export const SERVICES = ["scheduler", "chain-sync", "cleanup", "consistency", "notifications", "reporting"] as const;

/** Pass one consistent view: the parts are told together. */
export async function describeOverview(view: Queryable): Promise<Overview> {
  const { rows } = await view.query<{ now: Date }>("SELECT now() AS now");
  const now = rows[0]?.now ?? new Date();
  const services = await listPresence(view);
  const openIssues = await countOpenIssues(view);
  const problems = findProblems({
    now,
    services,
    openIssues,
    chains: await listCursors(view),
    schedules: await listSchedules(view),
    failures: await listFailures(view, TASK_NAMES, WITHIN_HOURS),
    deadLetters: await countOpenDeadLetters(view),
    givenUp: await countGivenUp(view, GIVEN_UP_WITHIN_DAYS),
    redisAwaySince: await sinceRedisIsAway(view),
  });
  return { now, allWell: problems.every(({ level }) => level === "note"), problems, services, openIssues };
}

/** A handful of rows: one a process, kept while it lives and a little longer. */
async function listPresence(sql: Queryable): Promise<readonly ServicePresence[]> {
  const { rows } = await sql.query<ServicePresence>(
    `SELECT service, count(owner) FILTER (WHERE expires_at > now()) AS instances
       FROM unnest($1::text[]) WITH ORDINALITY AS expected (service, place)
       LEFT JOIN vigia.owners USING (service)
      GROUP BY service, place ORDER BY place`,
    [SERVICES],
  );
  return rows;
}
