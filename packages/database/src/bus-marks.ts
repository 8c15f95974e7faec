import type { Queryable } from "./queryable.ts";

/** A stream's identity and how far it had come: what a server says now, or what was last known good. */
export interface StreamPlace {
  /** As the server says it. A stream that was made anew has another. */
  readonly created: string;
  readonly lastSequence: number;
}

/** The last place at which a stream was known to hold everything that was relayed to it. */
export interface BusMark extends StreamPlace {
  readonly stream: string;
  /** How many losses were noticed so far. */
  readonly losses: number;
}

/**
 * JetStream syncs to disk every two minutes unless told otherwise: a machine that dies takes with it what was relayed
 * shortly before the mark as well.
 */
const RELAY_AGAIN_SINCE = "5 minutes";
/** Many days of events may have to be relayed again at once. */
const RELAY_AGAIN_TIMEOUT = "10min";

const COLUMNS = `stream, created, last_sequence AS "lastSequence", losses`;

/** The mark of a stream; `undefined` where there is none yet. */
export async function readBusMark(sql: Queryable, stream: string): Promise<BusMark | undefined> {
  const { rows } = await sql.query<BusMark>(`SELECT ${COLUMNS} FROM vigia.bus_marks WHERE stream = $1`, [stream]);
  return rows[0];
}

/** The mark of a stream; where there is none yet, it begins here. */
export async function busMark(sql: Queryable, stream: string, place: StreamPlace): Promise<BusMark> {
  const known = await readBusMark(sql, stream);
  if (known) return known;
  await sql.query(
    `INSERT INTO vigia.bus_marks (stream, created, last_sequence) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`,
    [stream, place.created, place.lastSequence],
  );
  return { stream, losses: 0, ...place, ...(await readBusMark(sql, stream)) };
}

/** A stream that is another one, or that ends before the mark, has lost events. */
export function hasLostEvents(mark: BusMark, place: StreamPlace): boolean {
  return place.created !== mark.created || place.lastSequence < mark.lastSequence;
}

/**
 * Moves the mark forward, in the transaction that notes events as relayed. False: a loss was noticed since the mark was
 * read, and what was relayed in between may have gone with it; roll back then.
 */
export async function advanceBusMark(
  sql: Queryable,
  { stream, losses }: BusMark,
  lastSequence: number,
): Promise<boolean> {
  const { rowCount } = await sql.query(
    `UPDATE vigia.bus_marks SET last_sequence = GREATEST(last_sequence, $3), seen_at = clock_timestamp()
      WHERE stream = $1 AND losses = $2`,
    [stream, losses, lastSequence],
  );
  return rowCount === 1;
}

/**
 * Answers a loss: everything that the stream may have lost waits in the outbox again, whoever emitted it, under the ids
 * it had. Of a stream that is a new one that is all that it would still hold, `heldForMs`; of one that went back, what
 * was relayed since shortly before the mark. The mark begins anew at `place`. Returns how many events wait again;
 * `undefined` where another process has answered this loss. Reads through `outbox_relayed`.
 */
export async function relayAgain(
  sql: Queryable,
  mark: BusMark,
  place: StreamPlace,
  heldForMs: number,
): Promise<number | undefined> {
  // Who relays meanwhile waits here before it notes anything as relayed, and then finds the loss counted.
  const { rows } = await sql.query(`SELECT FROM vigia.bus_marks WHERE stream = $1 AND losses = $2 FOR UPDATE`, [
    mark.stream,
    mark.losses,
  ]);
  if (rows.length === 0) return undefined;
  await sql.query(`SET LOCAL statement_timeout = '${RELAY_AGAIN_TIMEOUT}'`);
  const { rowCount } = await sql.query(
    `UPDATE vigia.outbox SET relayed_at = NULL
      WHERE relayed_at >= (SELECT CASE WHEN created = $2 THEN seen_at - interval '${RELAY_AGAIN_SINCE}'
                                       ELSE now() - $3 * interval '1 millisecond' END
                             FROM vigia.bus_marks WHERE stream = $1)`,
    [mark.stream, place.created, heldForMs],
  );
  await sql.query(
    `UPDATE vigia.bus_marks SET created = $2, last_sequence = $3, losses = losses + 1, seen_at = clock_timestamp()
      WHERE stream = $1`,
    [mark.stream, place.created, place.lastSequence],
  );
  return rowCount;
}
