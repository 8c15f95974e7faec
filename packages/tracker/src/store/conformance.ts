import { randomUUID } from "node:crypto";
import type { Execution } from "../execution.ts";
import type { Owner } from "../owner.ts";
import { formatOwner } from "../owner.ts";
import type { Claim, TrackerStore } from "./store.ts";

const LEASE_MS = 5_000;
const SHORT_LEASE_MS = 150;
const DAY_MS = 86_400_000;

/** What every store promises. Run it on each of them, on real servers. */
export function describeStore(getStore: () => TrackerStore): void {
  describe("lock", () => describeLock(getStore));
  describe("owner", () => describeOwner(getStore));
  describe("state", () => describeState(getStore));
  describe("executions", () => {
    describeExecutions(getStore);
    describeEarlier(getStore);
  });
}

function describeLock(getStore: () => TrackerStore) {
  it("is granted to one of many contenders", async () => {
    const job = randomUUID();
    const claims = Array.from({ length: 16 }, () => newClaim(job));
    const takings = await Promise.all(claims.map((claim) => getStore().take(claim, LEASE_MS)));
    const winners = claims.filter((_, index) => takings[index]?.outcome === "taken");
    expect(winners).toHaveLength(1);
    const holder = await getStore().holder(job);
    expect(holder).toMatchObject({ ...winners[0] });
    for (const taking of takings) if (taking.outcome === "held") expect(taking.holder?.token).toBe(winners[0]?.token);
  });

  it("gives every holder a newer fence", async () => {
    const job = randomUUID();
    const fences: bigint[] = [];
    for (let turn = 0; turn < 3; turn += 1) {
      const claim = newClaim(job);
      const taking = await getStore().take(claim, LEASE_MS);
      if (taking.outcome === "taken") fences.push(taking.fence);
      await getStore().release(claim);
    }
    expect(fences).toHaveLength(3);
    expect(fences).toEqual([...new Set(fences)].sort((a, b) => Number(a - b)));
  });

  it("is freed by its own claim alone", async () => {
    const [mine, other] = claimsOf(randomUUID());
    await getStore().take(mine, LEASE_MS);
    expect(await getStore().release(other)).toBe(false);
    expect(await getStore().holder(mine.job)).toMatchObject({ token: mine.token });
    expect(await getStore().release(mine)).toBe(true);
    expect(await getStore().holder(mine.job)).toBeUndefined();
    expect(await getStore().release(mine)).toBe(false);
  });

  it("is renewed by its own claim alone", async () => {
    const [mine, other] = claimsOf(randomUUID());
    await getStore().take(mine, LEASE_MS);
    expect(await getStore().renew(other, LEASE_MS)).toBe(false);
    expect(await getStore().renew(mine, 60_000)).toBe(true);
    const holder = await getStore().holder(mine.job);
    expect(holder?.expiresAt.getTime()).toBeGreaterThan(Date.now() + 30_000);
  });

  it("ends with its lease, and is not renewed once another has it", async () => {
    const [first, second] = claimsOf(randomUUID());
    await getStore().take(first, SHORT_LEASE_MS);
    await until(async () => (await getStore().take(second, LEASE_MS)).outcome === "taken");
    expect(await getStore().renew(first, LEASE_MS)).toBe(false);
    expect(await getStore().release(first)).toBe(false);
    expect(await getStore().holder(first.job)).toMatchObject({ token: second.token });
  });

  it("is listed with its holder", async () => {
    const claims = [newClaim(randomUUID()), newClaim(randomUUID())];
    for (const claim of claims) await getStore().take(claim, LEASE_MS);
    const tokens = (await getStore().holders()).map(({ token }) => token);
    expect(tokens).toEqual(expect.arrayContaining(claims.map(({ token }) => token)));
  });
}

function describeOwner(getStore: () => TrackerStore) {
  it("lives for as long as its last beat says", async () => {
    const owner = newOwner();
    expect(await getStore().isAlive(formatOwner(owner))).toBe(false);
    await getStore().beat(owner, LEASE_MS);
    await getStore().beat(owner, LEASE_MS);
    expect(await getStore().isAlive(formatOwner(owner))).toBe(true);
    await getStore().beat(owner, SHORT_LEASE_MS);
    await until(async () => !(await getStore().isAlive(formatOwner(owner))));
  });

  it("is gone once it retires", async () => {
    const owner = newOwner();
    await getStore().beat(owner, LEASE_MS);
    await getStore().retire(formatOwner(owner));
    expect(await getStore().isAlive(formatOwner(owner))).toBe(false);
  });
}

function describeState(getStore: () => TrackerStore) {
  it("comes back as JSON, the newest one", async () => {
    const job = randomUUID();
    expect(await getStore().getState(job)).toBeUndefined();
    const lastRun = new Date("2030-01-01T00:00:00.000Z");
    await getStore().saveState(job, { state: "old", savedAt: new Date() }, DAY_MS);
    const savedAt = new Date();
    const text = "\0 and \ud800";
    await getStore().saveState(job, { state: { lastRun, amount: 10n ** 20n, text }, savedAt }, DAY_MS);
    expect(await getStore().getState(job)).toEqual({
      savedAt,
      state: { lastRun: "2030-01-01T00:00:00.000Z", amount: "100000000000000000000", text: "\uFFFD and \uFFFD" },
    });
  });

  it("ends after its time", async () => {
    const job = randomUUID();
    await getStore().saveState(job, { state: 1, savedAt: new Date() }, SHORT_LEASE_MS);
    await until(async () => (await getStore().getState(job)) === undefined);
  });
}

function describeExecutions(getStore: () => TrackerStore) {
  const completed = { status: "completed", endedAt: new Date("2030-01-01T00:00:02.500Z") } as const;

  it("are kept whole from start to end", async () => {
    const execution = newExecution({ fence: 7n, messageId: "m-1", delivery: "d-1", trigger: "schedule", attempt: 2 });
    const { service, job, executionId } = execution;
    await getStore().addExecution(execution);
    expect(await getStore().listExecutions(job, { limit: 10 })).toEqual([execution]);
    const end = { ...completed, result: { paid: [1, "2"] }, itemsProcessed: 3 };
    const ended = { ...execution, ...end, durationMs: 2_500 };
    expect(await getStore().endExecution(service, job, executionId, end)).toEqual(ended);
    expect(await getStore().listExecutions(job, { limit: 10 })).toEqual([ended]);
  });

  it("keep what a failure said", async () => {
    const execution = newExecution();
    await getStore().addExecution(execution);
    const end = { ...completed, status: "failed", error: { message: "no\0pe", stack: "at x" } } as const;
    await getStore().endExecution(execution.service, execution.job, execution.executionId, end);
    const [found] = await getStore().listExecutions(execution.job, { limit: 1 });
    expect(found).toMatchObject({ status: "failed", error: { message: "no\uFFFDpe", stack: "at x" } });
  });

  it("end once, and not without a start", async () => {
    const { service, job, executionId, ...rest } = newExecution();
    const store = getStore();
    expect(await store.endExecution(service, job, executionId, completed)).toBeUndefined();
    await store.addExecution({ service, job, executionId, ...rest });
    expect(await store.endExecution(service, "another", executionId, completed)).toBeUndefined();
    const ends = Array.from({ length: 4 }, () => store.endExecution(service, job, executionId, completed));
    expect((await Promise.all(ends)).filter((ended) => ended !== undefined)).toHaveLength(1);
    expect(await store.endExecution(service, job, executionId, completed)).toBeUndefined();
  });

  it("have one record per attempt, and an end is the newest attempt's", async () => {
    const first = newExecution();
    const second = { ...first, attempt: 2 };
    await getStore().addExecution(first);
    await getStore().addExecution(second);
    const ended = await getStore().endExecution(first.service, first.job, first.executionId, completed);
    expect(ended?.attempt).toBe(2);
    const attempts = await getStore().listExecutions(first.job, { limit: 10 });
    expect(attempts.map(({ attempt, status }) => [attempt, status])).toEqual([
      [2, "completed"],
      [1, "running"],
    ]);
  });

  it("are paged from the newest on, ties included", async () => {
    const job = randomUUID();
    const startedAt = new Date("2030-01-01T00:00:00.000Z");
    const executions = Array.from({ length: 7 }, (_, index) =>
      newExecution({ job, startedAt: new Date(startedAt.getTime() + Math.floor(index / 3)) }),
    );
    for (const execution of executions) await getStore().addExecution(execution);
    const seen: Execution[] = [];
    for (let page = 0; page < 4; page += 1) {
      const before = seen.at(-1);
      seen.push(...(await getStore().listExecutions(job, before ? { limit: 2, before } : { limit: 2 })));
    }
    expect(seen.map(({ executionId }) => executionId).sort()).toEqual(executions.map((e) => e.executionId).sort());
    const times = seen.map((execution) => execution.startedAt.getTime());
    expect(times).toEqual([...times].sort((a, b) => b - a));
  });

  it("of dead owners are ended in their service alone", async () => {
    const service = `service-${randomUUID()}`;
    const [alive, dead] = [newExecution({ service }), newExecution({ service })];
    const elsewhere = newExecution({ instance: dead.instance });
    const done = newExecution({ service, instance: dead.instance });
    for (const execution of [alive, dead, elsewhere, done]) await getStore().addExecution(execution);
    await getStore().endExecution(service, done.job, done.executionId, completed);
    expect((await getStore().runningOwners(service)).sort()).toEqual([alive.instance, dead.instance].sort());
    const end = { ...completed, status: "recovered", error: { message: "died" } } as const;
    const recoveries = await Promise.all([1, 2].map(() => getStore().endOrphans(service, [dead.instance], end)));
    expect(recoveries.flat().map(({ executionId }) => executionId)).toEqual([dead.executionId]);
    const statuses = [alive, dead, elsewhere, done].map(async ({ job }) => {
      const [found] = await getStore().listExecutions(job, { limit: 1 });
      return found?.status;
    });
    expect(await Promise.all(statuses)).toEqual(["running", "recovered", "running", "completed"]);
  });
}

function describeEarlier(getStore: () => TrackerStore) {
  it("of older fences are ended in their job alone, whoever left them", async () => {
    const service = `service-${randomUUID()}`;
    const newest = newExecution({ service, fence: 10n });
    const { job } = newest;
    const older = newExecution({ service, job, fence: 9n });
    const done = newExecution({ service, job, fence: 8n });
    const [unfenced, other] = [newExecution({ service, job }), newExecution({ service, fence: 9n })];
    const elsewhere = newExecution({ job, fence: 9n });
    for (const each of [newest, older, done, unfenced, other, elsewhere]) await getStore().addExecution(each);
    const endedAt = new Date("2030-01-01T00:00:02.500Z");
    await getStore().endExecution(service, job, done.executionId, { status: "completed", endedAt });
    const end = { status: "recovered", endedAt, error: { message: "unheard of" } } as const;
    const ended = { ...older, ...end, durationMs: 2_500 };
    expect(await getStore().endEarlier(service, job, 10n, end)).toEqual([ended]);
    expect(await getStore().endEarlier(service, job, 10n, end)).toEqual([]);
    const listed = await getStore().listExecutions(job, { limit: 10 });
    expect(Object.fromEntries(listed.map(({ executionId, status }) => [executionId, status]))).toEqual({
      [newest.executionId]: "running",
      [older.executionId]: "recovered",
      [done.executionId]: "completed",
      [unfenced.executionId]: "running",
      [elsewhere.executionId]: "running",
    });
    const [found] = await getStore().listExecutions(other.job, { limit: 1 });
    expect(found?.status).toBe("running");
  });
}

export function newOwner(): Owner {
  return { service: "conformance", host: "nowhere", pid: 1, bootId: randomUUID() };
}

export function newClaim(job: string): Claim {
  return { job, owner: formatOwner(newOwner()), token: randomUUID(), since: new Date() };
}

function claimsOf(job: string): [Claim, Claim] {
  return [newClaim(job), newClaim(job)];
}

function newExecution(part: Partial<Execution> = {}): Execution {
  return {
    executionId: randomUUID(),
    job: randomUUID(),
    service: "conformance",
    status: "running",
    startedAt: new Date("2030-01-01T00:00:00.000Z"),
    attempt: 1,
    instance: formatOwner(newOwner()),
    ...part,
  };
}

const POLL_EVERY_MS = 20;
const POLL_TIMEOUT_MS = 5_000;

async function until(condition: () => Promise<boolean>): Promise<void> {
  const deadlineMs = performance.now() + POLL_TIMEOUT_MS;
  while (!(await condition())) {
    if (performance.now() > deadlineMs) throw new Error(`not so within ${POLL_TIMEOUT_MS} ms: ${String(condition)}`);
    await new Promise((resolve) => setTimeout(resolve, POLL_EVERY_MS));
  }
}
