const UNITS = [
  { name: "d", ms: 86_400_000 },
  { name: "h", ms: 3_600_000 },
  { name: "min", ms: 60_000 },
  { name: "s", ms: 1_000 },
] as const;

/** In the largest unit that gives at least one: `850 ms`, `42 s`, `3 min`. */
export function span(ms: number): string {
  const unit = UNITS.find((each) => ms >= each.ms);
  return unit ? `${Math.floor(ms / unit.ms)} ${unit.name}` : `${Math.max(0, Math.round(ms))} ms`;
}

/** `3 min ago`, `in 40 s`, `now`. */
export function relative(at: Date, now: Date): string {
  const ms = at.getTime() - now.getTime();
  if (Math.abs(ms) < 1_000) return "now";
  return ms > 0 ? `in ${span(ms)}` : `${span(-ms)} ago`;
}

/** The user's own time: `2026-03-01 14:05:09`. */
export function localTime(at: Date): string {
  const part = (value: number) => String(value).padStart(2, "0");
  const date = [at.getFullYear(), part(at.getMonth() + 1), part(at.getDate())].join("-");
  return `${date} ${[at.getHours(), at.getMinutes(), at.getSeconds()].map(part).join(":")}`;
}
