/** Text that Postgres can hold: what a message says may have NULs and halves of characters, and still be kept. */
export function printable(text: string): string {
  return Buffer.from(text).toString().replaceAll("\0", "\ufffd");
}

const LONGEST_REASON = 2_000;

/** What events and dead letters say of an error: its message, as long as is of use to a reader. */
export function reasonOf(error: Error): string {
  return printable(error.message.slice(0, LONGEST_REASON));
}
