import { oldVersion, onStorage } from "./nats.ts";
import { judgeClock } from "./postgres.ts";

const whats = (findings: readonly { readonly what: string }[]) => findings.map(({ what }) => what);

test.each([
  ["within what the question took", 1_000, 1_900, 2_000, []],
  ["off by no more than noise", 10_000, 8_000, 10_000, []],
  ["behind", 10_000, 5_000, 10_500, ["The database's clock is 5 s behind this machine's."]],
  ["ahead", 10_000, 15_000, 10_500, ["The database's clock is 5 s ahead of this machine's."]],
])("a clock that is %s", (_, askedAt, then, answeredAt, expected) => {
  expect(whats(judgeClock(askedAt, then, answeredAt).findings)).toEqual(expected);
});

test.each([
  ["2.8.4", 1],
  ["1.99.0", 1],
  ["2.9.0", 0],
  ["2.12.1", 0],
  ["3.0.0-beta", 0],
])("NATS %s has %i finding", (version, count) => {
  expect(oldVersion(version)).toHaveLength(count);
});

test("JetStream that is nearly full is found, one without a limit is not", () => {
  const MIB = 1_048_576;
  expect(whats(onStorage({ used: 81 * MIB, limit: 100 * MIB }))).toEqual([
    "JetStream holds 81.0 MiB of the 100.0 MiB that its account may.",
  ]);
  expect(onStorage({ used: 79 * MIB, limit: 100 * MIB })).toEqual([]);
  expect(onStorage({ used: 1_000 * MIB, limit: undefined })).toEqual([]);
});
