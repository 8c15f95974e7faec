const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** How far an instant is away, in the largest unit that fits: "5 minutes ago", "in 2 hours". */
export function relativeTime(at: Date, now: Date, language: string): string {
  const format = new Intl.RelativeTimeFormat(language, { numeric: "auto" });
  const ms = at.getTime() - now.getTime();
  const distanceMs = Math.abs(ms);
  if (distanceMs < MINUTE_MS) return format.format(Math.trunc(ms / SECOND_MS), "second");
  if (distanceMs < HOUR_MS) return format.format(Math.trunc(ms / MINUTE_MS), "minute");
  if (distanceMs < 2 * DAY_MS) return format.format(Math.trunc(ms / HOUR_MS), "hour");
  return format.format(Math.trunc(ms / DAY_MS), "day");
}

/** "340 ms", "1.2 s", "2 min 5 s", "1 h 4 min". */
export function duration(ms: number, language: string): string {
  if (ms < SECOND_MS) return `${Math.round(ms)} ms`;
  if (ms < MINUTE_MS) {
    return `${(ms / SECOND_MS).toLocaleString(language, { maximumFractionDigits: 1 })} s`;
  }
  const [whole, unit, part, partUnit] =
    ms < HOUR_MS ? ([MINUTE_MS, "min", SECOND_MS, "s"] as const) : ([HOUR_MS, "h", MINUTE_MS, "min"] as const);
  const rest = Math.floor((ms % whole) / part);
  return `${Math.floor(ms / whole)} ${unit}${rest > 0 ? ` ${rest} ${partUnit}` : ""}`;
}

/** The time where it was today, else with the day, in the reader's own time zone. */
export function instant(at: Date, now: Date, language: string): string {
  const isToday = at.toDateString() === now.toDateString();
  return at.toLocaleString(language, {
    ...(isToday ? {} : { day: "numeric", month: "short" }),
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
    hourCycle: "h23",
  });
}
