import { type Envelope, fromHeaders, fromStructured, newMessageId, toHeaders } from "./envelope.ts";

const ENVELOPE: Envelope = {
  id: "1",
  source: "cleanup",
  type: "vigia.order",
  time: "2026-03-01T12:00:00.000Z",
  subject: "order 7",
  correlationId: "cleanup.expire-orders@2026-03-01T12:00:00.000Z",
  causationId: "0",
  traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
  tracestate: "vendor=1",
};
const ARRIVAL = new Date("2026-03-01T12:00:01.000Z");

const read = (headers: Readonly<Record<string, string>>) =>
  fromHeaders((name) => headers[name] ?? "", "VIGIA_COMMANDS:42", ARRIVAL);

test("what goes into the headers comes out of them", () => {
  expect(read(toHeaders(ENVELOPE))).toEqual(ENVELOPE);
});

test("the headers are CloudEvents, and JetStream knows a second publish by its id", () => {
  expect(toHeaders(ENVELOPE)).toMatchObject({
    "ce-specversion": "1.0",
    "ce-id": "1",
    "Nats-Msg-Id": "1",
    "content-type": "application/json",
  });
});

test("what an envelope does not say has no header", () => {
  const { id, source, type, time } = ENVELOPE;
  expect(Object.keys(toHeaders({ id, source, type, time, subject: undefined }))).not.toContain("ce-subject");
});

test("a message without headers is named by its place, and is its own root", () => {
  expect(read({})).toEqual({
    id: "VIGIA_COMMANDS:42",
    source: "unknown",
    type: "unknown",
    time: "2026-03-01T12:00:01.000Z",
    subject: undefined,
    correlationId: "VIGIA_COMMANDS:42",
    causationId: undefined,
    traceparent: undefined,
    tracestate: undefined,
  });
});

test("in structured mode the body says it all", () => {
  const { correlationId, causationId, ...attributes } = ENVELOPE;
  const body = { specversion: "1.0", ...attributes, correlationid: correlationId, causationid: causationId };
  expect(fromStructured({ ...body, data: { orderId: 7 } })).toEqual({ envelope: ENVELOPE, data: { orderId: 7 } });
});

test("in structured mode what is missing or no text is left to the headers", () => {
  expect(fromStructured({ specversion: "1.0", id: 7, type: "vigia.order" })).toEqual({
    envelope: { type: "vigia.order" },
    data: undefined,
  });
});

test("an id is a UUID that is behind those of earlier times", () => {
  jest.useFakeTimers({ now: 1_000 });
  const ids = Array.from({ length: 20 }, () => {
    jest.advanceTimersByTime(50);
    return newMessageId();
  });
  jest.useRealTimers();
  expect(ids).toEqual(ids.toSorted());
  for (const id of ids) expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});
