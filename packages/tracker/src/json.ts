/**
 * JSON as both stores accept it: dates become ISO strings, `bigint` becomes a decimal string, and text that `jsonb` refuses
 * (NUL, half a surrogate pair) is replaced rather than failing the run that reports it. `undefined` becomes `null`.
 */
export function toJson(value: unknown): string {
  return JSON.stringify(value ?? null, (_key, part: unknown) => {
    if (typeof part === "bigint") return part.toString();
    if (typeof part === "string") return Buffer.from(part.replaceAll("\0", "\uFFFD"), "utf8").toString("utf8");
    return part;
  });
}
