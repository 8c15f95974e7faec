/** Text that Postgres can hold: what a message says may have NULs and halves of characters, and still be kept. */
export function printable(text: string): string {
  return Buffer.from(text).toString().replaceAll("\0", "\ufffd");
}
