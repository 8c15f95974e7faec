import { readFileSync } from "node:fs";

/*
 * Loaded before a service (`NODE_OPTIONS=--require`), it lets the suite set that process's clock: `Date` is off by the
 * milliseconds that stand in the file. Timers and the monotonic clock go on as they are, as when a clock is set.
 */

const LOOK_EVERY_MS = 100;
const file = process.env.RELIABILITY_CLOCK_FILE;

if (file !== undefined) {
  const RealDate = Date;
  let offsetMs = 0;
  const look = () => {
    const text = readFileSync(file, "utf8");
    offsetMs = Number(text) || 0;
  };
  look();
  setInterval(look, LOOK_EVERY_MS).unref();
  const now = () => RealDate.now() + offsetMs;
  globalThis.Date = new Proxy(RealDate, {
    construct: (target, values, asked) =>
      Reflect.construct(target, values.length === 0 ? [now()] : values, asked) as object,
    apply: () => new RealDate(now()).toString(),
    get: (target, key, receiver) => (key === "now" ? now : (Reflect.get(target, key, receiver) as unknown)),
  });
}
