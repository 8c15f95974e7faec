import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { Client } from "pg";
import { from as copyFrom } from "pg-copy-streams";

/** A column's value: dates and JSON come as text. */
export type CopyValue = string | number | null;

/**
 * Sends rows by `COPY`, in the order given. `into`: the table and its columns; one whose rows have owners (`OWN_ROWS` in
 * packages/access) takes no `COPY`: Postgres refuses it where rules say which rows are whose.
 */
export async function copyRows(client: Client, into: string, rows: Iterable<readonly CopyValue[]>): Promise<void> {
  const stream = client.query(copyFrom(`COPY ${into} FROM STDIN`));
  await pipeline(Readable.from(chunksOf(rows)), stream);
}

const CHUNK_CHARACTERS = 256 * 1_024;

function* chunksOf(rows: Iterable<readonly CopyValue[]>): Generator<Buffer> {
  let text = "";
  for (const row of rows) {
    text += `${row.map(fieldOf).join("\t")}\n`;
    if (text.length < CHUNK_CHARACTERS) continue;
    yield Buffer.from(text);
    text = "";
  }
  if (text !== "") yield Buffer.from(text);
}

const SPECIAL = /[\\\t\n\r]/;
const ESCAPES: Readonly<Record<string, string>> = { "\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r" };

function fieldOf(value: CopyValue): string {
  if (value === null) return "\\N";
  if (typeof value === "number") return String(value);
  return SPECIAL.test(value) ? value.replace(/[\\\t\n\r]/g, (character) => ESCAPES[character] ?? character) : value;
}
