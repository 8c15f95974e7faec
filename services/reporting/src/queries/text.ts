/** The pattern of LIKE for whatever holds this text, as it stands. */
export function containing(text: string): string {
  return `%${escapeLike(text)}%`;
}

/** The text itself, in a pattern of LIKE. */
export function escapeLike(text: string): string {
  return text.replace(/[\\%_]/g, "\\$&");
}
