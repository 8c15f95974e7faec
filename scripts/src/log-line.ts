/** An entry of the logger; undefined for a line that did not come from it: a crash, or a warning of the runtime. */
export function parseEntry(line: string): Record<string, unknown> | undefined {
  if (!line.startsWith("{")) return undefined;
  try {
    return JSON.parse(line) as Record<string, unknown>;
  } catch {
    return undefined;
  }
}

/** What of a log entry a person at the terminal must know; undefined for everything that may stay in the file. */
export function noteworthy(entry: Record<string, unknown>): string | undefined {
  if (entry.level !== "warn" && entry.level !== "error" && entry.level !== "fatal") return undefined;
  const error = entry.err as { message?: unknown } | undefined;
  const reason = typeof error?.message === "string" ? ` (${error.message})` : "";
  return `${String(entry.msg ?? "")}${reason}`;
}

/** Of what a dying process printed, the lines that say why: the settings that are wrong, or the error's own line. */
export function causeOfDeath(plainLines: readonly string[], isBadConfiguration: boolean): string | undefined {
  if (isBadConfiguration) return plainLines.join("\n");
  return plainLines.findLast((line) => /^\w*Error\b.*: /.test(line));
}
