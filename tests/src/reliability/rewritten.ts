import { setTimeout as sleep } from "node:timers/promises";
import type { Database } from "@vigia/database";

const LOOK_EVERY_MS = 2_000;

/** Looks at the executions again and again: one that has ended is never written again. */
export function watchEnded(database: Database): { stop(): Promise<string[]> } {
  const stopping = new AbortController();
  const known = new Map<string, string>();
  const rewritten = new Set<string>();

  async function look() {
    const { rows } = await database.query<{ key: string; digest: string }>(
      `SELECT execution_id || '#' || attempt AS key, md5(e::text) AS digest
         FROM vigia.executions AS e WHERE status <> 'running'`,
    );
    for (const { key, digest } of rows) if ((known.get(key) ?? digest) !== digest) rewritten.add(key);
    for (const { key, digest } of rows) known.set(key, digest);
    const present = new Set(rows.map(({ key }) => key));
    for (const key of known.keys()) if (!present.has(key)) rewritten.add(`${key}, which is gone`);
  }

  async function loop() {
    while (!stopping.signal.aborted) {
      // Postgres is away at times; what changed meanwhile is seen at the next look.
      await look().catch(() => undefined);
      await sleep(LOOK_EVERY_MS, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  }
  const ended = loop();
  return {
    async stop() {
      stopping.abort();
      await ended;
      await look();
      return [...rewritten];
    },
  };
}
