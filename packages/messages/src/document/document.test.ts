import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { parseCommand } from "../commands.ts";
import { EVENTS } from "../events/catalogue.ts";
import { STREAMS } from "../streams.ts";
import { tickSchema } from "../ticks.ts";
import { commandChannels, eventChannels, tickChannel } from "./channel.ts";
import { COMMAND_EXAMPLES, EVENT_EXAMPLES, TICK_EXAMPLE } from "./examples.ts";
import { documentFiles } from "./files.ts";

test.each(documentFiles())("docs is current: $path", ({ path, text }) => {
  const hint = "stale; run: npm run document -w packages/messages";
  expect({ file: basename(path), hint, text: readFileSync(path, "utf8") }).toEqual({
    file: basename(path),
    hint,
    text,
  });
});

test("the examples are messages that their receivers take", () => {
  expect(tickSchema.safeParse(TICK_EXAMPLE.data).success).toBe(true);
  for (const { subject, data } of Object.values(COMMAND_EXAMPLES)) {
    const [, , target = "", command = ""] = subject.split(".");
    expect(parseCommand(target, command, data)).toMatchObject({ ok: true });
  }
  for (const { type, data } of EVENT_EXAMPLES) {
    expect(EVENTS.find((kind) => kind.type === type)?.schema.safeParse(data).success).toBe(true);
  }
});

test("every subject lies within a stream, and every event within the filter of its kind", () => {
  const streams = Object.values(STREAMS).map(({ subjects: [first] }) => first.replace(">", ""));
  for (const { address } of [tickChannel(), ...commandChannels(), ...eventChannels()]) {
    expect(streams.some((prefix) => address.startsWith(prefix))).toBe(true);
  }
  eventChannels().forEach(({ address }, index) => {
    expect(address.startsWith(EVENTS[index]?.filter.replace(">", "") ?? "-")).toBe(true);
  });
});

test("types name one kind of message each", () => {
  const types = [tickChannel(), ...commandChannels(), ...eventChannels()].map(({ type }) => type);
  expect(new Set(types).size).toBe(types.length);
});
