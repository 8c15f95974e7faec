import { setMaxListeners } from "node:events";
import { Readable } from "node:stream";
import type { Database } from "@vigia/database";
import type { FastifyInstance, FastifyRequest } from "fastify";
import type { FeedEvent } from "../answers.ts";
import { followFeed } from "../feed/follow-feed.ts";
import { newestPosition } from "../queries/events.ts";
import type { MayLookOn } from "./gate.ts";
import { streamQuery } from "./inputs.ts";
import { HttpProblem, readInput } from "./problem.ts";

/** Each open page asks the database twice a second. */
const MAX_STREAMS = 64;
const KEEP_ALIVE_MS = 15_000;
const RETRY_MS = 2_000;

/**
 * `GET /stream`: server-sent events, one for each new row of the feed, with its position as id. Begins after
 * `Last-Event-ID` or `?after=`, else with what is new from now on. It ends with the session that it was asked under.
 */
export function serveStream(app: FastifyInstance, database: Database, mayLookOn: MayLookOn): void {
  const stopping = new AbortController();
  setMaxListeners(MAX_STREAMS, stopping.signal);
  app.addHook("preClose", async () => stopping.abort());
  let streams = 0;

  app.get("/stream", async (request, reply) => {
    const asked = positionAsked(request);
    if (streams >= MAX_STREAMS) throw new HttpProblem(503, `${MAX_STREAMS} pages are following the feed already.`);
    const after = asked ?? (await newestPosition(database));
    const session = await mayLookOn(request);
    const signals = [stopping.signal, ...(session ? [session.signal] : [])];
    const stream = Readable.from(frames(database, after, AbortSignal.any(signals)));
    streams += 1;
    stream.once("close", () => {
      streams -= 1;
      session?.stop();
    });
    return reply
      .type("text/event-stream")
      .header("cache-control", "no-store")
      .header("x-accel-buffering", "no")
      .send(stream);
  });
}

/** After a lost connection the browser says itself how far it had come. */
function positionAsked(request: FastifyRequest): number | undefined {
  const lastEventId = request.headers["last-event-id"];
  const { after } = readInput(streamQuery, request.query);
  return readInput(streamQuery, { after: lastEventId || undefined }).after ?? after;
}

/** https://html.spec.whatwg.org/multipage/server-sent-events.html */
async function* frames(database: Database, after: number, signal: AbortSignal): AsyncGenerator<string, void> {
  yield `retry: ${RETRY_MS}\n\n`;
  let saidAt = performance.now();
  for await (const events of followFeed(database, after, signal)) {
    if (events.length > 0) yield events.map(frameOf).join("");
    else if (performance.now() - saidAt > KEEP_ALIVE_MS) yield ": keep-alive\n\n";
    else continue;
    saidAt = performance.now();
  }
}

function frameOf(event: FeedEvent): string {
  return `id: ${event.position}\ndata: ${JSON.stringify(event)}\n\n`;
}
