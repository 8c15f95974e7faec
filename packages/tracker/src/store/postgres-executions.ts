import { bounded } from "../bounded.ts";
import type { Execution, ExecutionError, ExecutionStatus } from "../execution.ts";
import { toJson } from "../json.ts";
import type { Queryable } from "../queryable.ts";
import type { TrackerStore } from "./store.ts";

type PostgresExecutions = Pick<
  TrackerStore,
  "addExecution" | "endExecution" | "runningOwners" | "endOrphans" | "endEarlier" | "listExecutions"
>;

interface ExecutionRow {
  readonly execution_id: string;
  readonly job: string;
  readonly service: string;
  readonly status: ExecutionStatus;
  readonly started_at: Date;
  readonly ended_at: Date | null;
  readonly duration_ms: string | null;
  readonly result: unknown;
  readonly items_processed: string | null;
  readonly error: ExecutionError | null;
  readonly attempt: number;
  readonly instance: string;
  readonly fence: string | null;
  readonly message_id: string | null;
  readonly delivery: string | null;
  readonly trigger: string | null;
}

const COLUMNS = `execution_id, job, service, status, started_at, ended_at, duration_ms, result, items_processed, error,
  attempt, instance, fence, message_id, delivery, trigger`;

/** Sets how an attempt ended; $1 to $5 are the end. A row that is not running any more is left as it is. */
const END = `
UPDATE vigia.executions SET status = $1, ended_at = $2::timestamptz, result = $3::jsonb, items_processed = $4,
  error = $5::jsonb, duration_ms = greatest(0, extract(epoch FROM $2::timestamptz - started_at) * 1000)::bigint
WHERE status = 'running'`;

/** Executions in Postgres: one row per attempt, written at its start and once more at its end, then never again. */
export function createPostgresExecutions(sql: Queryable, timeoutMs: number): PostgresExecutions {
  async function rows(text: string, values: readonly unknown[], within: Queryable = sql): Promise<ExecutionRow[]> {
    return (await bounded(within.query<ExecutionRow>(text, values), timeoutMs, "postgres")).rows;
  }

  return {
    async addExecution(execution, within) {
      const { executionId, job, service, status, startedAt, endedAt, durationMs, result, itemsProcessed } = execution;
      const { error, attempt, instance, fence, messageId, delivery, trigger } = execution;
      await rows(
        `INSERT INTO vigia.executions (${COLUMNS})
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8::jsonb, $9, $10::jsonb, $11, $12, $13, $14, $15, $16)`,
        [
          ...[executionId, job, service, status, startedAt, endedAt, durationMs, optionalJson(result), itemsProcessed],
          ...[optionalJson(error), attempt, instance, fence?.toString(), messageId, delivery, trigger],
        ],
        within,
      );
    },
    async endExecution(service, job, executionId, { status, endedAt, result, itemsProcessed, error }, within) {
      const newest = `
        SELECT id FROM vigia.executions WHERE execution_id = $6 AND job = $7 AND service = $8 AND status = 'running'
        ORDER BY attempt DESC LIMIT 1`;
      const [ended] = await rows(
        `${END} AND id = (${newest}) RETURNING ${COLUMNS}`,
        [status, endedAt, optionalJson(result), itemsProcessed, optionalJson(error), executionId, job, service],
        within,
      );
      return ended && readExecution(ended);
    },
    async runningOwners(service) {
      const text = "SELECT DISTINCT instance FROM vigia.executions WHERE service = $1 AND status = 'running'";
      return (await rows(text, [service])).map(({ instance }) => instance);
    },
    async endOrphans(service, owners, { status, endedAt, result, itemsProcessed, error }, within) {
      const ended = await rows(
        `${END} AND service = $6 AND instance = ANY($7) RETURNING ${COLUMNS}`,
        [status, endedAt, optionalJson(result), itemsProcessed, optionalJson(error), service, owners],
        within,
      );
      return ended.map(readExecution);
    },
    async endEarlier(service, job, fence, { status, endedAt, result, itemsProcessed, error }, within) {
      const ended = await rows(
        `${END} AND service = $6 AND job = $7 AND fence < $8 RETURNING ${COLUMNS}`,
        [
          ...[status, endedAt, optionalJson(result), itemsProcessed, optionalJson(error), service, job],
          fence.toString(),
        ],
        within,
      );
      return ended.map(readExecution);
    },
    /** Rests on the index executions_by_job (job, started_at, execution_id, attempt). */
    async listExecutions(job, { limit, before }) {
      const older = before === undefined ? "" : "AND (started_at, execution_id, attempt) < ($3, $4, $5)";
      const cursor = before === undefined ? [] : [before.startedAt, before.executionId, before.attempt];
      const found = await rows(
        `SELECT ${COLUMNS} FROM vigia.executions WHERE job = $1 ${older}
         ORDER BY started_at DESC, execution_id DESC, attempt DESC LIMIT $2`,
        [job, limit, ...cursor],
      );
      return found.map(readExecution);
    },
  };
}

function optionalJson(value: unknown): string | undefined {
  return value === undefined ? undefined : toJson(value);
}

function readExecution(row: ExecutionRow): Execution {
  return {
    executionId: row.execution_id,
    job: row.job,
    service: row.service,
    status: row.status,
    startedAt: row.started_at,
    attempt: row.attempt,
    instance: row.instance,
    ...(row.ended_at === null ? {} : { endedAt: row.ended_at }),
    ...(row.duration_ms === null ? {} : { durationMs: Number(row.duration_ms) }),
    ...(row.result === null ? {} : { result: row.result }),
    ...(row.items_processed === null ? {} : { itemsProcessed: Number(row.items_processed) }),
    ...(row.error === null ? {} : { error: row.error }),
    ...(row.fence === null ? {} : { fence: BigInt(row.fence) }),
    ...(row.message_id === null ? {} : { messageId: row.message_id }),
    ...(row.delivery === null ? {} : { delivery: row.delivery }),
    ...(row.trigger === null ? {} : { trigger: row.trigger }),
  };
}
