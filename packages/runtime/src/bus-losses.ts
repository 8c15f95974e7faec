import {
  type BusMark,
  busMark,
  type Database,
  hasLostEvents,
  readBusMark,
  relayAgain,
  type StreamPlace,
} from "@vigia/database";
import { STREAMS } from "@vigia/messages";
import { isStreamNotFound } from "./bus/api-error.ts";
import type { Bus } from "./bus/bus.ts";
import type { Logger } from "./service/logging.ts";

const STREAM = STREAMS.events.name;
/**
 * Longer than a leader of a NATS cluster that was cut off, or frozen, goes on to answer as if it were one still (20 s),
 * and than a new one takes to have all that the old one acknowledged.
 */
const LONGEST_LAG_MS = 25_000;

export interface BusLossesOptions {
  readonly database: Database;
  readonly bus: Bus;
  readonly source: string;
  readonly log: Logger;
  /** Makes the streams anew, should the server have lost them. */
  readonly restoreStreams: () => Promise<void>;
}

export interface BusLosses {
  /**
   * The mark that the event stream has at least reached; what it has lost waits in the outbox again. `undefined` while
   * it may have lost something: nothing newer may go out then. Call it again soon.
   */
  look(): Promise<BusMark | undefined>;
  /** A loss that is certain: what the stream lost after `place` waits in the outbox again. */
  answer(mark: BusMark, place: StreamPlace): Promise<void>;
}

/**
 * Compares the event stream with what is known to have been stored in it. One server's answer is the truth at once. Of
 * a stream that several servers keep, the one that answers may not be its leader any more, or not have caught up, so a
 * loss is believed when it is still there after that can no longer be.
 */
export function watchForBusLosses({ database, bus, source, log, restoreStreams }: BusLossesOptions): BusLosses {
  let suspectedAtMs: number | undefined;

  async function readInfo() {
    return bus.manager.streams.info(STREAM).catch(async (error: unknown) => {
      if (!isStreamNotFound(error)) throw error;
      await restoreStreams();
      return bus.manager.streams.info(STREAM);
    });
  }

  function isCertain(mark: BusMark, place: StreamPlace, replicas: number): boolean {
    if (replicas === 1) return true;
    if (suspectedAtMs === undefined) {
      suspectedAtMs = performance.now();
      log.info({ known: mark, found: place }, "the bus may have lost events; none go out until that is certain");
    }
    return performance.now() - suspectedAtMs > LONGEST_LAG_MS;
  }

  async function answer(mark: BusMark, place: StreamPlace): Promise<void> {
    const again = await database.transaction({ source }, (tx) => relayAgain(tx, mark, place, STREAMS.events.maxAgeMs));
    if (again === undefined) return;
    log.warn({ stream: mark.stream, known: mark, found: place, again }, "the bus lost events; they are relayed again");
  }

  async function look(): Promise<BusMark | undefined> {
    // The mark comes first: what others relay until the place is read only takes the stream further beyond it.
    const mark = await readBusMark(database, STREAM);
    const { created, state, config } = await readInfo();
    const place = { created, lastSequence: state.last_seq };
    const lost = mark && hasLostEvents(mark, place) ? mark : undefined;
    if (lost && !isCertain(lost, place, config.num_replicas)) return undefined;
    suspectedAtMs = undefined;
    if (mark && !lost) return mark;
    if (lost) await answer(lost, place);
    return busMark(database, STREAM, place);
  }

  return { look, answer };
}
