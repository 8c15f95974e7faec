import {
  type CommandTarget,
  chainDrifted,
  chainReorged,
  chainSynced,
  checkReported,
  cleanupReported,
  commandFilter,
  disputeChanged,
  escrowChanged,
  healReported,
  issueChanged,
  type JobName,
  jobOf,
  lockOf,
  orderChanged,
  PAGE_COMMANDS,
  providerChanged,
  resyncProgressed,
  STREAMS,
  TASK_NAMES,
  type TaskName,
  taskDefinition,
  tickSubject,
  turnOf,
} from "@vigia/messages";

/** What a service does with the servers. Everything that it may do there follows from this, and no more. */
export interface Service {
  readonly name: string;
  /** The job whose tasks it runs: ticks, commands and runs of that job are its own. */
  readonly job?: JobName;
  /** Targets of commands beside its job. */
  readonly targets: readonly CommandTarget[];
  /** The events that it tells beside those of its runs, commands and dead letters: subjects with wildcards. */
  readonly tells: readonly string[];
  /** The commands that it gives: subjects. */
  readonly gives: readonly string[];
  /** Its durable consumers of events, each with the subjects that it reads. */
  readonly reads: Readonly<Record<string, string>>;
  /** Whether it publishes ticks, notes those that are skipped, puts dead letters back, and buries what nobody serves. */
  readonly keepsTheBus: boolean;
  /** What it does in which table, as GRANT says it, beside what each service does in its own rows. */
  readonly tables: Readonly<Record<string, string>>;
}

const EVERYTHING = "SELECT, INSERT, UPDATE, DELETE";
const MOVES_ORDERS = {
  "marketplace.orders": "SELECT, UPDATE (status, updated_at, ended_at)",
  "marketplace.order_history": "INSERT",
} as const;
const nothing = { targets: [], tells: [], gives: [], reads: {}, keepsTheBus: false, tables: {} } as const;

export const SERVICES: readonly Service[] = [
  {
    ...nothing,
    name: "chain-sync",
    job: "chain-sync",
    tells: [
      chainSynced,
      chainReorged,
      chainDrifted,
      resyncProgressed,
      providerChanged,
      escrowChanged,
      orderChanged,
    ].map(({ filter }) => filter),
    tables: {
      ...MOVES_ORDERS,
      "marketplace.order_history": "SELECT, INSERT",
      "vigia.chain_cursors": EVERYTHING,
      "vigia.chain_blocks": EVERYTHING,
      "vigia.chain_logs": EVERYTHING,
      "vigia.chain_links": EVERYTHING,
      "vigia.escrows": EVERYTHING,
      "vigia.escrow_transitions": EVERYTHING,
      "vigia.escrow_readings": EVERYTHING,
      "vigia.contract_balances": EVERYTHING,
      "vigia.contract_codes": EVERYTHING,
      "vigia.missing_logs": EVERYTHING,
      "vigia.rebuilds": EVERYTHING,
      "vigia.endpoint_untruths": "SELECT, INSERT, UPDATE",
      "vigia.endpoint_limits": "SELECT, INSERT, UPDATE",
      "vigia.endpoint_states": EVERYTHING,
      "vigia.downtimes": "INSERT",
    },
  },
  {
    ...nothing,
    name: "cleanup",
    job: "cleanup",
    tells: [orderChanged.filter, cleanupReported.filter],
    // To delete rows that it has locked first, it needs the right to change some column of theirs.
    tables: {
      ...MOVES_ORDERS,
      "vigia.escrows": "SELECT",
      "vigia.chain_cursors": "SELECT",
      "vigia.chain_blocks": "SELECT",
      "vigia.downtimes": "SELECT, INSERT",
      "vigia.notifications": "SELECT, UPDATE (created_at), DELETE",
      "vigia.event_feed": "SELECT, UPDATE (at), DELETE",
      "vigia.issues": "SELECT, UPDATE (last_seen), DELETE",
      "vigia.issue_history": "SELECT, UPDATE (at), DELETE",
      "vigia.dead_letters": "SELECT, UPDATE (resolved_at), DELETE",
      "vigia.operator_actions": "SELECT, UPDATE (at), DELETE",
      "vigia.cleanup_reports": "SELECT, INSERT, UPDATE (at), DELETE",
      "vigia.cancellations": "UPDATE (at), DELETE",
      "vigia.executions": "DELETE",
      "vigia.outbox": "DELETE",
      "vigia.handled_messages": "UPDATE (handled_at), DELETE",
    },
  },
  {
    ...nothing,
    name: "consistency",
    job: "consistency",
    tells: [issueChanged.filter, checkReported.filter, healReported.filter],
    // What heals a finding is for the service whose it is to change: this one asks, and hears what came of it.
    gives: ["vigia.command.chain-sync.follow", "vigia.command.chain-sync.resync"],
    reads: { "consistency-heals": "vigia.event.command.*.chain-sync.*" },
    tables: {
      "marketplace.orders": "SELECT",
      "marketplace.order_history": "SELECT",
      "marketplace.disputes": "SELECT",
      "vigia.chain_cursors": "SELECT",
      "vigia.chain_blocks": "SELECT",
      "vigia.chain_logs": "SELECT",
      "vigia.escrows": "SELECT",
      "vigia.escrow_transitions": "SELECT",
      "vigia.escrow_readings": "SELECT",
      "vigia.contract_balances": "SELECT",
      "vigia.contract_codes": "SELECT",
      "vigia.missing_logs": "SELECT",
      "vigia.endpoint_untruths": "SELECT",
      "vigia.downtimes": "SELECT",
      "vigia.schedules": "SELECT",
      "vigia.dead_letters": "SELECT (consumer, message_id, reason, at, resolved_at)",
      "vigia.canaries": "SELECT, INSERT, UPDATE",
      "vigia.issues": "SELECT, INSERT, UPDATE",
      "vigia.issue_history": "SELECT, INSERT",
      "vigia.withheld_findings": EVERYTHING,
      "vigia.changes": EVERYTHING,
    },
  },
  {
    ...nothing,
    name: "notifications",
    targets: ["notifications"],
    reads: {
      "notifications-orders": orderChanged.filter,
      "notifications-disputes": disputeChanged.filter,
      "notifications-issues": issueChanged.filter,
    },
    tables: {
      "marketplace.users": "SELECT (id, language, operator)",
      "marketplace.disputes": "SELECT (id, order_id, opened_at)",
      "vigia.escrows": "SELECT",
      "vigia.notifications": "SELECT, INSERT, UPDATE (event_id)",
      "vigia.issues": "SELECT (fingerprint, check_code, severity, entity_type, entity_id, status)",
      "vigia.issue_history": "SELECT (change, at)",
      "vigia.dead_letters": "SELECT (resolved_at)",
      "vigia.cleanup_reports": "SELECT (counts, at)",
      "vigia.chain_cursors": "SELECT (lag_blocks)",
      "vigia.alert_groups": EVERYTHING,
      "vigia.alerts": "SELECT, INSERT, DELETE",
      "vigia.subscriptions": EVERYTHING,
      "vigia.deliveries": "SELECT, INSERT, UPDATE",
    },
  },
  {
    ...nothing,
    name: "reporting",
    gives: PAGE_COMMANDS.map((name) => `vigia.command.${name}`),
    reads: { "reporting-feed": STREAMS.events.subjects[0] },
    tables: {
      "vigia.operator_actions": "SELECT, INSERT, UPDATE (status, reason, result, progress, answered_at)",
      "vigia.ended_sessions": "SELECT, INSERT, DELETE",
      "vigia.dead_letters": "SELECT",
      "vigia.event_feed": "SELECT, INSERT",
      "vigia.issues": "SELECT",
      "vigia.issue_history": "SELECT",
      "vigia.endpoint_states": "SELECT",
      "vigia.endpoint_limits": "SELECT",
      "vigia.endpoint_untruths": "SELECT",
      "vigia.missing_logs": "SELECT",
      "vigia.cleanup_reports": "SELECT",
      "vigia.chain_cursors": "SELECT",
      "vigia.escrows": "SELECT",
      "vigia.schedules": "SELECT",
      "vigia.notifications": "SELECT",
      "vigia.deliveries": "SELECT",
      // Not where to: a webhook's address may be a secret.
      "vigia.subscriptions": "SELECT (id, channel, failures, free_at)",
    },
  },
  {
    ...nothing,
    name: "scheduler",
    targets: ["scheduler", "deadletters", "runs"],
    // It skips the runs of any job, rejects what is addressed to nobody, and relays what the marketplace's backend wrote.
    tells: ["vigia.event.run.skipped.>", "vigia.event.command.rejected.>", orderChanged.filter, disputeChanged.filter],
    keepsTheBus: true,
    tables: {
      "vigia.schedules": "SELECT, INSERT, UPDATE",
      "vigia.dead_letters": "SELECT, UPDATE (resolved_at)",
      "vigia.cancellations": "INSERT",
    },
  },
];

/** A durable consumer, and the subjects that it takes from its stream. */
export interface ConsumerAccess {
  readonly stream: string;
  readonly durable: string;
  readonly filter: string;
}

/** Every durable consumer of a service. */
export function consumersOf(service: Service): ConsumerAccess[] {
  return [
    ...tasksOf(service)
      .filter((task) => taskDefinition(task).schedule !== null)
      .map((task) => ({ stream: STREAMS.ticks.name, durable: task.replace(".", "-"), filter: tickSubject(task) })),
    ...targetsOf(service).map((target) => ({
      stream: STREAMS.commands.name,
      durable: `${target}-commands`,
      filter: commandFilter(target),
    })),
    ...Object.entries(service.reads).map(([durable, filter]) => ({ stream: STREAMS.events.name, durable, filter })),
  ];
}

/** Whose commands a service carries out. */
export function targetsOf({ job, targets }: Service): CommandTarget[] {
  return [...(job ? [job] : []), ...targets];
}

export function tasksOf({ job }: Service): TaskName[] {
  return TASK_NAMES.filter((task) => jobOf(task) === job);
}

/** The locks by which its processes take turns at its consumers of events. */
export function turnsOf({ reads }: Service): string[] {
  return Object.keys(reads).map(turnOf);
}

/** The names of the locks and states that a service's runs have: its tasks', and those that tasks share. */
export function locksOf(service: Service): string[] {
  return [...new Set(tasksOf(service).flatMap((task) => [task, lockOf(task)]))];
}
