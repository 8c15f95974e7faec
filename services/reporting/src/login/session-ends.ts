/** What goes on for as long as a session does, and no longer. */
export interface SessionEnds {
  /** Aborts when the session is over or is logged out here. `stop` when what it is for has ended by itself. */
  follow(cookie: string, until: Date): { readonly signal: AbortSignal; stop(): void };
  logOut(cookie: string): void;
}

/** Knows of this process alone: what another replica serves under a session ends with the session's time. */
export function createSessionEnds(): SessionEnds {
  const running = new Map<string, Set<AbortController>>();
  return {
    follow(cookie, until) {
      const controller = new AbortController();
      const timer = setTimeout(() => controller.abort(), until.getTime() - Date.now()).unref();
      const all = running.get(cookie) ?? new Set();
      running.set(cookie, all.add(controller));
      return {
        signal: controller.signal,
        stop() {
          clearTimeout(timer);
          all.delete(controller);
          if (all.size === 0 && running.get(cookie) === all) running.delete(cookie);
        },
      };
    },
    logOut(cookie) {
      for (const controller of running.get(cookie) ?? []) controller.abort();
      running.delete(cookie);
    },
  };
}
