import type { Lock, LockState, LocksSeen } from "../questions/locks.ts";
import { SHORT_ID_CHARS } from "../questions/run-details.ts";
import type { Paint, Style } from "../terminal.ts";
import { renderTable } from "./table.ts";
import { relative } from "./time.ts";

const STYLE_OF: Readonly<Record<LockState, Style>> = { held: "cyan", orphaned: "yellow", free: "dim" };

/** The locks, and for each that is not free what there is to do about it. */
export function renderLocks(paint: Paint, { locks, now }: LocksSeen): string {
  const rows = locks.map((lock) => [
    lock.lock,
    paint(STYLE_OF[lock.state], lock.state),
    lock.state === "free" ? "" : (lock.holder ?? ""),
    lock.state === "free" || !lock.since ? "" : relative(lock.since, now),
    lock.leaseEnds ? relative(lock.leaseEnds, now) : "",
    lock.fence ?? "",
    lock.run ? `${lock.run.task} ${lock.run.executionId.slice(0, SHORT_ID_CHARS)}` : "",
  ]);
  const table = renderTable(paint, ["LOCK", "STATE", "HOLDER", "TAKEN", "LEASE ENDS", "FENCE", "RUNS"], rows);
  const advice = locks.filter(({ state }) => state !== "free").map((lock) => adviceOn(lock, now));
  return [table, ...(advice.length ? [advice.join("\n")] : []), NEVER_BY_HAND].join("\n\n");
}

const NEVER_BY_HAND =
  "No lock is to be deleted by hand: a lease that nobody renews ends within seconds, and whoever lost its lock can write no more.";

function adviceOn({ lock, state, holder, run, leaseEnds }: Lock, now: Date): string {
  if (state === "orphaned") {
    const end = leaseEnds ? relative(leaseEnds, now) : "soon";
    return `${lock}: its holder gives no sign of life. Nothing to do: whoever wants it takes it over, and its lease ends ${end}.`;
  }
  const what = run ? `See its run: vigia runs show ${run.executionId.slice(0, SHORT_ID_CHARS)}. ` : "";
  return `${lock}: its holder lives and renews it. ${what}To end it, stop the process (SIGTERM to ${placeOf(holder)}): it gives the work back.`;
}

/** `pid 12 on host`, of `service@host#pid#bootId`. */
function placeOf(holder: string | null): string {
  const [, host, pid] = /@([^#]+)#(\d+)#/.exec(holder ?? "") ?? [];
  return host && pid ? `process ${pid} on ${host}` : String(holder);
}
