import type { Queryable } from "@vigia/database";
import type { Session } from "./session.ts";

/** How soon what a session follows ends that was logged out at another replica. */
const LOOK_EVERY_MS = 2_000;

/** Which sessions were logged out before their time, at whichever replica. */
export interface SessionEnds {
  isOver(session: Session): Promise<boolean>;
  logOut(session: Session): Promise<void>;
  /** Aborts when the session is over or is logged out. `stop` when what it is for has ended by itself. */
  follow(session: Session): { readonly signal: AbortSignal; stop(): void };
  close(): void;
}

export function createSessionEnds(sql: Queryable, onError: (error: unknown) => void): SessionEnds {
  const running = new Map<string, Set<AbortController>>();
  const timer = setInterval(() => void look().catch(onError), LOOK_EVERY_MS).unref();

  /** Rests on the index `ended_sessions_pkey`. */
  async function findEnded(ids: readonly string[]): Promise<readonly string[]> {
    const { rows } = await sql.query<{ id: string }>(
      "SELECT session_id AS id FROM vigia.ended_sessions WHERE session_id = ANY($1::text[])",
      [ids],
    );
    return rows.map(({ id }) => id);
  }

  function end(id: string) {
    for (const controller of running.get(id) ?? []) controller.abort();
    running.delete(id);
  }

  async function look(): Promise<void> {
    if (running.size === 0) return;
    for (const id of await findEnded([...running.keys()])) end(id);
  }

  return {
    isOver: async ({ id }) => (await findEnded([id])).length > 0,
    async logOut({ id, until }) {
      // Those whose time has passed are over by that.
      await sql.query("DELETE FROM vigia.ended_sessions WHERE until < now()");
      await sql.query("INSERT INTO vigia.ended_sessions (session_id, until) VALUES ($1, $2) ON CONFLICT DO NOTHING", [
        id,
        until,
      ]);
      end(id);
    },
    follow({ id, until }) {
      const controller = new AbortController();
      const untilOver = setTimeout(() => controller.abort(), until.getTime() - Date.now()).unref();
      const all = running.get(id) ?? new Set();
      running.set(id, all.add(controller));
      return {
        signal: controller.signal,
        stop() {
          clearTimeout(untilOver);
          all.delete(controller);
          if (all.size === 0 && running.get(id) === all) running.delete(id);
        },
      };
    },
    close: () => clearInterval(timer),
  };
}
