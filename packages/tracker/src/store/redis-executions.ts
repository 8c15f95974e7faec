import type { Circuit } from "../circuit.ts";
import { type Execution, type ExecutionCursor, type ExecutionEnd, endExecution } from "../execution.ts";
import { toJson } from "../json.ts";
import type { RedisClient } from "./redis-connection.ts";
import type { TrackerStore } from "./store.ts";

export interface RedisExecutions
  extends Pick<
    TrackerStore,
    "addExecution" | "endExecution" | "runningOwners" | "endOrphans" | "endEarlier" | "listExecutions"
  > {
  /** Writes the record as it is, whatever was there before. */
  putExecution(execution: Execution): Promise<void>;
}

/** How long Redis keeps an execution; the durable history is in Postgres. */
const KEPT_MS = 86_400_000;
const LIST_BATCH = 100;

/** Takes the attempt out of the running ones, if it stands there unchanged, and writes how it ended. */
const END = `
if redis.call('HGET', KEYS[1], ARGV[1]) ~= ARGV[2] then return 0 end
redis.call('HDEL', KEYS[1], ARGV[1])
redis.call('SET', KEYS[2], ARGV[3], 'PX', ARGV[4])
redis.call('ZADD', KEYS[3], ARGV[5], ARGV[1])
redis.call('PEXPIRE', KEYS[3], ARGV[4])
return 1`;

/**
 * Executions in Redis: one text per attempt, an index of attempts by start per job, and a hash per service of what is
 * running, which does not expire, so that an attempt longer than a day can still be ended or recovered.
 */
export function createRedisExecutions(redis: RedisClient, circuit: Circuit): RedisExecutions {
  async function put(execution: Execution) {
    const { job, service, startedAt } = execution;
    const member = memberOf(execution);
    const text = encode(execution);
    const writes = redis.multi();
    if (execution.status === "running") writes.hset(runningKey(service), member, text);
    else writes.hdel(runningKey(service), member);
    writes.set(executionKey(job, member), text, "PX", KEPT_MS);
    writes.zadd(indexKey(job), startedAt.getTime(), member);
    writes.zremrangebyscore(indexKey(job), "-inf", startedAt.getTime() - KEPT_MS);
    writes.pexpire(indexKey(job), KEPT_MS);
    for (const [error] of (await writes.exec()) ?? []) if (error) throw error;
  }

  async function running(service: string) {
    const texts = Object.values(await redis.hgetall(runningKey(service)));
    return texts.map((text) => ({ text, execution: decode(text) }));
  }

  async function end({ text, execution }: { text: string; execution: Execution }, ending: ExecutionEnd) {
    const ended = endExecution(execution, ending);
    const member = memberOf(execution);
    const keys = [runningKey(execution.service), executionKey(execution.job, member), indexKey(execution.job)];
    const values = [member, text, encode(ended), KEPT_MS, execution.startedAt.getTime()];
    return (await redis.eval(END, 3, ...keys, ...values)) === 1 ? ended : undefined;
  }

  async function endAll(service: string, ending: ExecutionEnd, wanted: (execution: Execution) => boolean) {
    const ended: Execution[] = [];
    for (const attempt of await running(service)) {
      const closed = wanted(attempt.execution) ? await end(attempt, ending) : undefined;
      if (closed !== undefined) ended.push(closed);
    }
    return ended;
  }

  return {
    putExecution: (execution) => circuit.run(() => put(execution)),
    addExecution: (execution) => circuit.run(() => put(execution)),
    endExecution: (service, job, executionId, ending) =>
      circuit.run(async () => {
        const attempts = (await running(service))
          .filter(({ execution }) => execution.executionId === executionId && execution.job === job)
          .sort((a, b) => b.execution.attempt - a.execution.attempt);
        return attempts[0] && end(attempts[0], ending);
      }),
    runningOwners: (service) =>
      circuit.run(async () => [...new Set((await running(service)).map(({ execution }) => execution.instance))]),
    endOrphans: (service, owners, ending) =>
      circuit.run(() => endAll(service, ending, ({ instance }) => owners.includes(instance))),
    endEarlier: (service, job, newest, ending) =>
      circuit.run(() =>
        endAll(service, ending, (each) => each.job === job && each.fence !== undefined && each.fence < newest),
      ),
    listExecutions: (job, { limit, before }) =>
      circuit.run(async () => {
        const found: Execution[] = [];
        const newest = before === undefined ? "+inf" : before.startedAt.getTime();
        for (let offset = 0; found.length < limit; offset += LIST_BATCH) {
          const members = await redis.zrevrangebyscore(indexKey(job), newest, "-inf", "LIMIT", offset, LIST_BATCH);
          if (members.length === 0) break;
          const texts = await redis.mget(members.map((member) => executionKey(job, member)));
          const executions = texts.flatMap((text) => (text === null ? [] : [decode(text)]));
          found.push(...executions.filter((execution) => before === undefined || isOlder(execution, before)));
        }
        return found.slice(0, limit);
      }),
  };
}

function isOlder(execution: Execution, cursor: ExecutionCursor): boolean {
  const apartMs = execution.startedAt.getTime() - cursor.startedAt.getTime();
  if (apartMs !== 0) return apartMs < 0;
  if (execution.executionId !== cursor.executionId) return execution.executionId < cursor.executionId;
  return execution.attempt < cursor.attempt;
}

function memberOf({ executionId, attempt }: Execution) {
  return `${executionId}#${attempt}`;
}

/** The job comes first, so that a program can be kept to the keys of its own jobs. */
function executionKey(job: string, member: string) {
  return `execution:${job}:${member}`;
}

function indexKey(job: string) {
  return `executions:${job}`;
}

function runningKey(service: string) {
  return `running:${service}`;
}

function encode(execution: Execution): string {
  return toJson(execution);
}

interface Encoded extends Omit<Execution, "startedAt" | "endedAt" | "fence"> {
  readonly startedAt: string;
  readonly endedAt?: string;
  readonly fence?: string;
}

function decode(text: string): Execution {
  const { startedAt, endedAt, fence, ...rest } = JSON.parse(text) as Encoded;
  return {
    ...rest,
    startedAt: new Date(startedAt),
    ...(endedAt === undefined ? {} : { endedAt: new Date(endedAt) }),
    ...(fence === undefined ? {} : { fence: BigInt(fence) }),
  };
}
