import type { RedisState } from "@vigia/tracker";
import { CliError, EXIT } from "../exit.ts";
import { serverOf } from "../servers.ts";
import type { Session } from "../session.ts";
import { readRedisSetting } from "../settings.ts";
import { reasonOf } from "../thrown.ts";
import type { Examined, Finding } from "./finding.ts";

const TIMEOUT_MS = 3_000;
const MEMORY_LIMIT = 0.8;

/** Redis, where this terminal is told of it. The services go on without it, on Postgres. */
export async function examineRedis(session: Session): Promise<Examined> {
  const setting = await readRedisSetting(session);
  if (!setting) {
    return {
      part: "Redis",
      state: "unseen",
      facts: ["REDIS_URL is not set here; the services tell when it is away"],
      findings: [],
    };
  }
  const server = serverOf(setting);
  const { inspectRedis } = await import("@vigia/tracker");
  const seen = await inspectRedis(setting.place, TIMEOUT_MS).catch((error: unknown) => {
    throw new CliError(EXIT.away, `Redis at ${server} does not answer (${reasonOf(error)})`, { cause: error });
  });
  return { part: "Redis", state: "seen", facts: [server, `Redis ${seen.version}`], findings: findingsOn(seen) };
}

function findingsOn({ keepsLog, evictionPolicy, usedBytes, limitBytes, isReplica }: RedisState): Finding[] {
  const findings: Finding[] = [];
  if (isReplica) {
    findings.push({
      level: "warning",
      what: "REDIS_URL leads to a replica.",
      why: "It takes no locks: the services do without Redis.",
      command: "Set REDIS_URL to the master, or to its sentinels: redis-sentinel://host:26379?master=NAME",
    });
  }
  if (!keepsLog) {
    findings.push({
      level: "note",
      what: "Redis keeps no append-only file.",
      why: "A crash of it loses job state of the last 24 hours. Locks are safe: Postgres decides who writes.",
      command: "redis-cli CONFIG SET appendonly yes   # and in its configuration, to stay",
    });
  }
  if (evictionPolicy !== undefined && evictionPolicy !== "noeviction") {
    findings.push({
      level: "warning",
      what: `Redis evicts keys when it is full (${evictionPolicy}).`,
      why: "Heartbeats and job state can vanish early.",
      command: "redis-cli CONFIG SET maxmemory-policy noeviction   # and in its configuration, to stay",
    });
  }
  if (limitBytes > 0 && usedBytes > MEMORY_LIMIT * limitBytes) {
    findings.push({
      level: "warning",
      what: `Redis uses ${Math.round((100 * usedBytes) / limitBytes)} % of its memory.`,
      why: "Once it is full, the services do without it.",
      command: "redis-cli INFO memory   # raise maxmemory, or see who else uses it",
    });
  }
  return findings;
}
