import type { Words } from "../language/en.ts";

const SUNDAY = new Date("2024-01-07T00:00:00Z");
const DAY_MS = 86_400_000;

/** A cron expression in words; undefined where it is not one of the plain cadences, and shows as it stands. */
export function scheduleInWords(cron: string | null, words: Words, language: string): string | undefined {
  if (cron === null) return words.cadence.onCommand;
  const fields = cron.trim().split(/\s+/);
  const [second, minute, hour, day, month, weekday] = fields.length === 6 ? fields : ["0", ...fields];
  if (second === undefined || minute === undefined || hour === undefined) return undefined;
  if (day !== "*" || month !== "*" || weekday === undefined) return undefined;

  switch ([second, minute, hour, weekday].map(kindOf).join(" ")) {
    case "step any any any":
      return words.cadence.seconds(stepOf(second));
    case "any any any any":
      return words.cadence.seconds(1);
    case "number any any any":
      return words.cadence.minutes(1);
    case "number step any any":
      return words.cadence.minutes(stepOf(minute));
    case "number number any any":
      return Number(minute) === 0 ? words.cadence.hours(1) : words.cadence.hourlyAt(Number(minute));
    case "number number step any":
      return Number(minute) === 0 ? words.cadence.hours(stepOf(hour)) : undefined;
    case "number number number any":
      return words.cadence.dailyAt(timeOf(hour, minute));
    case "number number number number":
      return words.cadence.weeklyAt(weekdayName(Number(weekday), language), timeOf(hour, minute));
    default:
      return undefined;
  }
}

function kindOf(field: string): "any" | "step" | "number" | "other" {
  if (field === "*") return "any";
  if (/^\*\/\d+$/.test(field)) return "step";
  return /^\d+$/.test(field) ? "number" : "other";
}

function stepOf(field: string): number {
  return Number(field.split("/")[1]);
}

function timeOf(hour: string, minute: string): string {
  return `${hour.padStart(2, "0")}:${minute.padStart(2, "0")}`;
}

/** Sunday is 0 and 7. */
function weekdayName(weekday: number, language: string): string {
  const day = new Date(SUNDAY.getTime() + (weekday % 7) * DAY_MS);
  return day.toLocaleDateString(language, { weekday: "long", timeZone: "UTC" });
}
