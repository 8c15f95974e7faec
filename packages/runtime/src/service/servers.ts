import type { Database } from "@vigia/database";
import type { Bus } from "../bus/bus.ts";
import { unless } from "../unless.ts";

export const POSTGRES_IS_AWAY = "Postgres is away";
const ANSWER_WITHIN_MS = 1_500;

/** Postgres and NATS, asked whether they answer. */
export interface Servers {
  /** Who does not answer within 1.5 s, in words. Empty: all do. Never rejects. */
  away(): Promise<string[]>;
  /** The last time, by `performance.now()`, at which one of them was found away: a wait up to then was for them. */
  answeringSinceMs(): number;
}

export function watchServers(database: Database, bus: Bus): Servers {
  let lastAwayMs = 0;
  // One at a time: a Postgres that is silent would take a connection of the pool for every question.
  const askPostgres = oneAtATime(() => database.query("SELECT 1"));
  const askNats = oneAtATime(() => bus.ping());

  return {
    async away() {
      const [postgres, nats] = await Promise.all([answers(askPostgres), bus.isConnected() && answers(askNats)]);
      const away = [...(nats ? [] : ["NATS is away"]), ...(postgres ? [] : [POSTGRES_IS_AWAY])];
      if (away.length) lastAwayMs = performance.now();
      return away;
    },
    answeringSinceMs: () => lastAwayMs,
  };
}

function oneAtATime(ask: () => Promise<unknown>): () => Promise<unknown> {
  let asking: Promise<unknown> | undefined;
  return () => {
    asking ??= ask().finally(() => {
      asking = undefined;
    });
    return asking;
  };
}

async function answers(ask: () => Promise<unknown>): Promise<boolean> {
  return unless(AbortSignal.timeout(ANSWER_WITHIN_MS), ask()).then(
    () => true,
    () => false,
  );
}
