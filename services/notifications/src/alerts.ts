import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { AlertTimes, Database } from "@vigia/database";
import type { Component, Logger } from "@vigia/runtime";
import { deliver } from "./channels/inbox.ts";
import { tellOfAlert } from "./rules/alerts.ts";

const LOOK_EVERY_MS = 2_000;
/** How many entities a message names. */
const SAMPLE = 10;

export interface AlertsOptions {
  readonly database: Database;
  readonly times: AlertTimes;
  readonly source: string;
  readonly log: Logger;
}

/**
 * Tells operators of findings, those of a check in one message, until it is stopped. A message commits together with
 * what is known to be told by it, so each is told once, however many processes look and whenever they end.
 */
export function startAlerts(options: AlertsOptions): Component {
  const stopping = new AbortController();

  async function loop(): Promise<void> {
    while (!stopping.signal.aborted) {
      const found = await tellNext(options).catch((error: unknown) => {
        options.log.warn({ err: error }, "operators could not be told of findings; trying again");
        return false;
      });
      if (!found) await sleep(LOOK_EVERY_MS, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  }

  const ended = loop();
  return {
    name: "alerts",
    stop: async () => {
      stopping.abort();
      await ended;
    },
  };
}

/** Sees to the next group that is due; says whether there was one. */
function tellNext({ database, times, source, log }: AlertsOptions): Promise<boolean> {
  return database.transaction({ source }, async (tx) => {
    const group = await tx.alerts.take(times, SAMPLE);
    if (!group) return false;
    const telling = tellOfAlert(group);
    await tx.alerts.close(group, telling.notices.length > 0);
    await deliver(telling, { eventId: randomUUID(), details: { ...group }, tx, log });
    return true;
  });
}
