import { type Circuit, CircuitOpenError, createCircuit } from "./circuit.ts";

const REFUSED = new Error("refused");
const LATE = new Error("late");

describe("a circuit", () => {
  let circuit: Circuit;
  let told: string[];
  let isWell: boolean;

  beforeEach(() => {
    jest.useFakeTimers();
    told = [];
    isWell = true;
    circuit = createCircuit({
      probe: async () => {
        if (!isWell) throw REFUSED;
      },
      isCertain: (failure) => failure === REFUSED,
      onOpen: () => told.push("open"),
      onClose: () => told.push("closed"),
      probeEveryMs: 500,
    });
  });
  afterEach(() => {
    circuit.stop();
    jest.useRealTimers();
  });

  const fail = (error: Error) => expect(circuit.run(() => Promise.reject(error))).rejects.toBe(error);
  const pass = (ms: number) => jest.advanceTimersByTimeAsync(ms);

  it("opens at the second failure in a row that may be our own fault", async () => {
    await fail(LATE);
    await circuit.run(async () => {});
    await fail(LATE);
    expect(told).toEqual([]);
    await fail(LATE);
    expect(told).toEqual(["open"]);
    await expect(circuit.run(async () => {})).rejects.toThrow(CircuitOpenError);
  });

  it("opens at once when the store itself says so, and closes when a probe succeeds", async () => {
    isWell = false;
    await fail(REFUSED);
    await pass(5_000);
    expect(told).toEqual(["open"]);
    isWell = true;
    await pass(500);
    expect(told).toEqual(["open", "closed"]);
    await circuit.run(async () => {});
  });

  it("stays open for longer after each relapse, and no longer than at first after a while without", async () => {
    for (const openMs of [500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]) {
      told = [];
      await fail(REFUSED);
      await pass(openMs - 1);
      expect(told).toEqual(["open"]);
      await pass(1);
      expect(told).toEqual(["open", "closed"]);
    }
    await pass(10_000);
    told = [];
    await fail(REFUSED);
    await pass(500);
    expect(told).toEqual(["open", "closed"]);
  });
});
