const LONGEST = 16;

/** Long identifiers by their beginning and end, which tell them apart; what is short stays whole. */
export function shortId(id: string): string {
  if (id.length <= LONGEST) return id;
  return `${id.slice(0, id.startsWith("0x") ? 6 : 4)}…${id.slice(-4)}`;
}
