import { causeOfDeath, noteworthy, parseEntry } from "./log-line.ts";

describe("noteworthy", () => {
  it.each([
    [`{"level":"info","msg":"order expired"}`, undefined],
    [`{"level":"warn","msg":"trying again","err":{"message":"no route"}}`, "trying again (no route)"],
    [`{"level":"error","msg":"a run failed"}`, "a run failed"],
  ])("%s", (line, expected) => {
    expect(noteworthy(parseEntry(line) ?? {})).toBe(expected);
  });
});

describe("causeOfDeath", () => {
  const crash = ["node:internal/loader:1", "  throw err;", "TypeError: x is not a function", "    at y.js:1"];
  const list = ["The configuration is wrong:", "  NATS_URL is missing"];

  it.each([
    ["the error's line of a crash", crash, false, "TypeError: x is not a function"],
    ["the whole list of wrong settings", list, true, list.join("\n")],
    ["nothing", [], false, undefined],
  ])("finds %s", (_case, lines, isBadConfiguration, expected) => {
    expect(causeOfDeath(lines, isBadConfiguration)).toBe(expected);
  });
});
