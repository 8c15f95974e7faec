import type { EscrowState } from "@vigia/contracts";
import type { Database } from "@vigia/database";
import { STREAMS } from "@vigia/messages";
import { lastEventSequence, watchEvents } from "@vigia/runtime";
import { eventually, indexPlainly, type PlainEscrow } from "@vigia/testkit";
import type {
  ChainHistory,
  ExecutionRow,
  Findings,
  History,
  IssueEvent,
  IssueRow,
  OrderRow,
  PlantedOrder,
  StreamEvent,
} from "./history.ts";
import { readNotes } from "./notes.ts";
import { SCHEDULES, type System } from "./system.ts";
import { runTemperOf } from "./tempers.ts";

const STREAM_LIMIT_MS = 60_000;

type FromRun = "faults" | "stalls" | "rewritten" | "commands" | "deliveries" | "degraded" | "leftOver";
type FromStores = Omit<History, FromRun | "chain" | "findings">;

/** Reads what the run left behind: tables, event stream, notes, logs and chain. */
export async function readHistory(
  system: System,
  {
    reorgs,
    planted,
    schedulesUntil,
    ...run
  }: Pick<History, FromRun> & Pick<Findings, "planted"> & { readonly reorgs: number; readonly schedulesUntil: number },
): Promise<History> {
  const [stores, chain, findings] = await Promise.all([
    readStores(system, schedulesUntil),
    readChain(system, reorgs),
    readFindings(system, planted),
  ]);
  return { ...run, ...stores, chain, findings };
}

async function readFindings({ database }: System, planted: readonly PlantedOrder[]): Promise<Findings> {
  const { rows: issues } = await database.query<IssueRow>(
    `SELECT fingerprint, check_code AS "check", entity_id AS "entityId", status, occurrences,
            coalesce(history.changes, 0) AS changes
       FROM vigia.issues
       LEFT JOIN (SELECT fingerprint, count(*) AS changes FROM vigia.issue_history GROUP BY 1) AS history
                USING (fingerprint)`,
  );
  const { rows: told } = await database.query<IssueEvent>(
    `SELECT payload->>'fingerprint' AS fingerprint, payload->>'change' AS change,
            md5((payload->'evidence')::text) AS evidence
       FROM vigia.outbox WHERE subject LIKE 'vigia.event.consistency-issue.%' ORDER BY position`,
  );
  return { planted, issues, told };
}

async function readStores(system: System, schedulesUntil: number): Promise<FromStores> {
  const { database, processes, notesDir, schedulesFrom } = system;
  const rows = async <Row extends object>(sql: string) => (await database.query<Row>(sql)).rows;
  const texts = async (sql: string) => (await rows<{ text: string }>(sql)).map(({ text }) => text);
  const executions = await rows<ExecutionRow>(EXECUTIONS);
  const fired = await rows<{ task: keyof typeof SCHEDULES; at: Date }>(
    `SELECT task, last_fired AS at FROM vigia.schedules`,
  );
  return {
    lives: processes.flatMap(({ lives }) => lives),
    suitePid: process.pid,
    claims: processes.flatMap(({ claims }) => claims),
    schedules: fired.map(({ task, at }) => ({
      task,
      everySeconds: SCHEDULES[task],
      from: schedulesFrom,
      lastFired: at.getTime(),
      until: schedulesUntil,
    })),
    executions,
    failingTicks: new Set(executions.flatMap((execution) => failingTickOf(execution) ?? [])),
    handled: new Set(await texts(`SELECT consumer || ' ' || message_id AS text FROM vigia.handled_messages`)),
    deadLetters: await rows(`SELECT consumer, message_id AS "messageId", reason FROM vigia.dead_letters`),
    effects: await rows(
      `SELECT position, task, message_id AS "messageId", execution_id AS "executionId", step, steps, fence, instance,
              event_id AS "eventId", (extract(epoch FROM pg_xact_commit_timestamp(xmin)) * 1000000)::bigint AS "committedAt"
         FROM reliability.effects ORDER BY position`,
    ),
    notes: readNotes(notesDir),
    outbox: await rows(
      `SELECT position, id, subject, aggregate, extract(epoch FROM created_at)::float8 * 1000 AS "createdAt",
              relayed_at IS NOT NULL AS relayed, payload->>'temper' AS temper FROM vigia.outbox ORDER BY position`,
    ),
    stream: await readStream(system),
    consumed: await texts(`SELECT event_id AS text FROM reliability.handled`),
    feed: new Set(await texts(`SELECT id AS text FROM vigia.event_feed`)),
    orders: await readOrders(database),
  };
}

function failingTickOf({ status, task, messageId }: ExecutionRow): string | undefined {
  if (status === "skipped" || messageId === null) return undefined;
  return runTemperOf(task, messageId) === "fails" ? messageId : undefined;
}

const EXECUTIONS = `
SELECT e.execution_id AS "executionId", job AS task, e.status, attempt, instance, fence, message_id AS "messageId",
       coalesce(error->>'message', '') AS reason, ended_at IS NOT NULL AS "hasEnd",
       extract(epoch FROM started.at)::float8 * 1000 AS "startTold",
       extract(epoch FROM ended.at)::float8 * 1000 AS "endTold"
  FROM vigia.executions AS e
  LEFT JOIN (SELECT payload->>'executionId' AS id, min(created_at) AS at FROM vigia.outbox
              WHERE subject LIKE 'vigia.event.run.started.%' GROUP BY 1) AS started ON started.id = e.execution_id
  LEFT JOIN (SELECT payload->>'executionId' AS id, payload->>'status' AS status, min(created_at) AS at
               FROM vigia.outbox WHERE subject LIKE 'vigia.event.run.%' GROUP BY 1, 2) AS ended
         ON ended.id = e.execution_id AND ended.status = e.status
 ORDER BY e.id`;

function readOrders(database: Database): Promise<OrderRow[]> {
  return database
    .query<OrderRow>(
      `SELECT id::text, deposit_tx IS NULL AS "mayExpire", status, coalesce(expired.count, 0) AS expiries,
              coalesce(told.count, 0) AS notifications
         FROM marketplace.orders AS o
         LEFT JOIN (SELECT order_id, count(*) FROM marketplace.order_history WHERE to_status = 'expired' GROUP BY 1)
                AS expired ON expired.order_id = o.id
         LEFT JOIN (SELECT data->>'orderId' AS order_id, count(*) FROM vigia.notifications GROUP BY 1)
                AS told ON told.order_id = o.id::text`,
    )
    .then(({ rows }) => rows);
}

async function readStream({ bus }: System): Promise<StreamEvent[]> {
  const last = await lastEventSequence(bus);
  const found: StreamEvent[] = [];
  const watch = await watchEvents({
    bus,
    filters: [...STREAMS.events.subjects],
    after: 0,
    onEvent: ({ sequence, envelope }) => found.push({ sequence, id: envelope.id }),
  });
  await eventually(() => last === 0 || (found.at(-1)?.sequence ?? 0) >= last, { timeoutMs: STREAM_LIMIT_MS });
  await watch.stop();
  return found;
}

/** An index of the contract made anew, and what the tables say instead. */
async function readChain({ chain, database }: System, reorgs: number): Promise<ChainHistory> {
  const { logs, escrows } = await indexPlainly(chain, await chain.headBlock());
  const { rows: recordedLogs } = await database.query<{ text: string }>(
    `SELECT concat_ws(' ', block_number, block_hash, log_index, transaction_hash, event, escrow_id) AS text
       FROM vigia.chain_logs`,
  );
  const { rows: recorded } = await database.query<{ id: string; facts: string }>(
    `SELECT escrow_id AS id, concat_ws(' ', status, seller_address, buyer_address, token, amount, balance,
                                       created_block, updated_block, updated_log) AS facts FROM vigia.escrows`,
  );
  return {
    reorgs,
    logsOnChain: logs.map(({ blockNumber, blockHash, logIndex, transactionHash, event, escrowId }) =>
      [blockNumber, blockHash, logIndex, transactionHash, event, escrowId].join(" "),
    ),
    logsRecorded: recordedLogs.map(({ text }) => text),
    onChain: Object.fromEntries(escrows.map((escrow) => [escrow.escrowId, factsOf(escrow)])),
    recorded: Object.fromEntries(recorded.map(({ id, facts }) => [id, facts.toLowerCase()])),
  };
}

function factsOf(escrow: PlainEscrow): string {
  const { state, seller, buyer, token, amount, balance, createdBlock, updatedBlock, updatedLog } = escrow;
  const facts = [statusOf(state), seller, buyer, token, amount, balance, createdBlock, updatedBlock, updatedLog];
  return facts.join(" ").toLowerCase();
}

/** The contract's name of a state in the tables' spelling: `CancelledByBuyer` is `cancelled_by_buyer`. */
function statusOf(state: EscrowState): string {
  return state.replace(/(?<!^)[A-Z]/g, (letter) => `_${letter}`);
}
