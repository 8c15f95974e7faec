import { setTimeout as sleep } from "node:timers/promises";
import { type Database, dailyReportId } from "@vigia/database";
import type { Component, Logger } from "@vigia/runtime";
import { deliver } from "./channels/inbox.ts";
import type { Telling } from "./notice.ts";

const LOOK_EVERY_MS = 60_000;
const TO_OPERATORS: Telling = { notices: [{ to: "operators", kind: "daily-report" }] };

export interface DailyReportOptions {
  readonly database: Database;
  /** In UTC; undefined: there is no report. */
  readonly hour: number | undefined;
  readonly source: string;
  readonly log: Logger;
}

/**
 * Tells operators once a day how all stands, until it is stopped. Whoever looks first tells; the notice's id, which is
 * the day's, keeps others from telling it again. A day on which nobody was there after the hour has no report.
 */
export function startDailyReport({ database, hour, source, log }: DailyReportOptions): Component {
  const stopping = new AbortController();

  async function loop(hour: number): Promise<void> {
    while (!stopping.signal.aborted) {
      await tellIfDue(hour).catch((error: unknown) => {
        log.warn({ err: error }, "the daily report could not be told; trying again");
      });
      await sleep(LOOK_EVERY_MS, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  }

  async function tellIfDue(hour: number): Promise<void> {
    await database.transaction({ source }, async (tx) => {
      const day = await tx.dailyReports.due(hour);
      if (day === undefined) return;
      const details = { day, ...(await tx.dailyReports.figures()) };
      await deliver(TO_OPERATORS, { eventId: dailyReportId(day), details, tx, log });
    });
  }

  const ended = hour === undefined ? Promise.resolve() : loop(hour);
  return {
    name: "daily report",
    stop: async () => {
      stopping.abort();
      await ended;
    },
  };
}
