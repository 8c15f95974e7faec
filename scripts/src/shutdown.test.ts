import { createShutdown } from "./shutdown.ts";

describe("createShutdown", () => {
  it("stops everything once, in reverse order, and goes on after a failure", async () => {
    const stopped: string[] = [];
    const warnings: string[] = [];
    const shutdown = createShutdown((line) => warnings.push(line));
    shutdown.add(async () => void stopped.push("first"));
    shutdown.add(() => Promise.reject(new Error("stuck")));
    shutdown.add(async () => void stopped.push("last"));
    expect(await Promise.all([shutdown.run(), shutdown.run()])).toEqual([true, true]);
    expect(stopped).toEqual(["last", "first"]);
    expect(warnings).toEqual(["while stopping: stuck"]);
  });

  it("stops at once what comes up after the end has begun", async () => {
    const shutdown = createShutdown(() => undefined);
    await shutdown.run();
    const late = new Promise<void>((resolve) => shutdown.add(async () => resolve()));
    await late;
    expect(shutdown.signal.aborted).toBe(true);
  });
});
