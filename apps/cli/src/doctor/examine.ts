import { CliError, EXIT } from "../exit.ts";
import type { Session } from "../session.ts";
import { examineChain } from "./chain.ts";
import type { Examined } from "./finding.ts";
import { examineNats } from "./nats.ts";
import { examinePostgres, type KnownChain } from "./postgres.ts";
import { examineRedis } from "./redis.ts";

/** What it means that a part cannot be asked, and what starts it. */
const WITHOUT = {
  Postgres: { why: "Nothing runs without it; all goes on by itself when it is back.", start: "postgres" },
  NATS: { why: "No tick, command or event goes out; they are caught up when it is back.", start: "nats" },
  chain: { why: "No block is read.", start: "chain-sync" },
  Redis: { why: "Locks and job state are in Postgres meanwhile: all goes on, more slowly.", start: "redis" },
} as const;

/** Looks at everything, one part whatever the others come to, and changes nothing. */
export async function examine(session: Session): Promise<readonly Examined[]> {
  let chains: readonly KnownChain[] = [];
  const postgres = orAway("Postgres", async () => {
    const { chains: known, ...examined } = await examinePostgres(session);
    chains = known;
    return examined;
  });
  const nats = orAway("NATS", () => examineNats(session));
  const redis = orAway("Redis", () => examineRedis(session));
  const servers = await Promise.all([postgres, nats, redis]);
  return [...servers, await orAway("chain", () => examineChain(session, chains))];
}

async function orAway(part: keyof typeof WITHOUT, look: () => Promise<Examined>): Promise<Examined> {
  try {
    return await look();
  } catch (error) {
    if (!(error instanceof CliError)) throw error;
    const { why, start } = WITHOUT[part];
    const isAway = error.exitCode === EXIT.away;
    const command = isAway
      ? `docker compose up --detach ${start}   # or wherever it runs`
      : "Mend the setting that is named; docs/configuration.md has them all";
    const findings = [{ level: "critical" as const, what: error.message, why, command }];
    return { part, state: isAway ? "away" : "seen", facts: [], findings };
  }
}
