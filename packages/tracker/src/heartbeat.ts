import type { Log } from "./log.ts";
import { formatOwner, type Owner } from "./owner.ts";
import type { TrackerStore } from "./store/store.ts";

export interface Heartbeat {
  /** Withdraws the owner, so that nobody waits for its heartbeat to run out. Never rejects. */
  stop(): Promise<void>;
}

export interface HeartbeatOptions {
  readonly store: TrackerStore;
  readonly owner: Owner;
  readonly ttlMs: number;
  readonly everyMs: number;
  readonly log: Log;
}

/** Says again and again that this process lives. Resolves once it was said for the first time. */
export async function startHeartbeat({ store, owner, ttlMs, everyMs, log }: HeartbeatOptions): Promise<Heartbeat> {
  const name = formatOwner(owner);
  let stopped = false;
  let beat = store.beat(owner, ttlMs);
  let timer: NodeJS.Timeout | undefined;

  function beatLater() {
    if (stopped) return;
    timer = setTimeout(() => {
      beat = store
        .beat(owner, ttlMs)
        .catch((error) => log.warn({ owner: name, reason: String(error) }, "heartbeat not recorded"))
        .then(beatLater);
    }, everyMs);
    timer.unref();
  }

  await beat;
  beatLater();
  return {
    async stop() {
      stopped = true;
      clearTimeout(timer);
      // A beat that is still under way would bring the owner back.
      await beat;
      await store
        .retire(name)
        .catch((error) =>
          log.warn({ owner: name, reason: String(error) }, "owner not withdrawn, its heartbeat runs out"),
        );
    },
  };
}
