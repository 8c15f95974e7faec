export const MISFIRES = ["once", "skip", "all"] as const;

/** Everything that Vigia does, with its default schedule. A task that is not here does not compile. */
export interface TaskDefinition {
  /** Cron expression, five fields or six with leading seconds, in UTC; `null`: runs on a command alone. */
  readonly schedule: string | null;
  /** A run that takes longer is stopped and counts as failed. */
  readonly timeLimitSeconds: number;
  /**
   * What becomes of instants that passed while no scheduler was there: `once`, the default, lets one tick stand for
   * all of them; `skip` waits for the next; either way they are counted on record. `all` gives each its own tick, one
   * after the other, also where the tick before it still ran at its instant.
   */
  readonly misfire?: (typeof MISFIRES)[number];
  /**
   * With `once` and `all`: an instant that is older than this is skipped. The default of `once` is to catch up, however
   * late; that of `all` is an hour.
   */
  readonly catchUpWindowSeconds?: number;
  /** Ticks come up to this much after their instants, each by a part of it that is the same in every replica. */
  readonly jitterSeconds?: number;
  /** Tasks with the same lock exclude each other. Defaults to the task's own name. */
  readonly lock?: string;
  readonly description: string;
}

export const TASKS = {
  "chain-sync.sync": {
    schedule: "* * * * *",
    timeLimitSeconds: 600,
    description: "Reads the escrow contract's logs from the last synced block and applies them",
  },
  "chain-sync.verify": {
    schedule: "*/5 * * * *",
    timeLimitSeconds: 240,
    description: "Reads the state of recently changed escrows from the contract and corrects what differs",
  },
  "chain-sync.reconcile": {
    schedule: "0 * * * *",
    timeLimitSeconds: 3_000,
    description:
      "Reads the state of every live escrow from the contract and corrects what differs; reads the contract's code and money, and each block a second time, for the checks",
  },
  "chain-sync.resync": {
    schedule: null,
    timeLimitSeconds: 86_400,
    description: "Reads a range of blocks again and rebuilds what follows from it",
  },
  "cleanup.expire-orders": {
    schedule: "0 * * * *",
    timeLimitSeconds: 1_800,
    description: "Cancels orders whose time has passed and that hold no money",
  },
  "cleanup.purge-notifications": {
    schedule: "0 2 * * *",
    timeLimitSeconds: 3_600,
    description: "Deletes notifications that are older than their retention",
  },
  "cleanup.purge-history": {
    schedule: "0 3 * * 0",
    timeLimitSeconds: 7_200,
    description: "Deletes executions, relayed events and resolved findings that are older than their retention",
  },
  "consistency.check": {
    schedule: "*/30 * * * *",
    timeLimitSeconds: 1_500,
    lock: "consistency",
    description: "Checks orders, escrows and disputes against each other",
  },
  "consistency.deep-check": {
    schedule: "0 4 * * 0",
    timeLimitSeconds: 14_400,
    lock: "consistency",
    description: "Checks every row, ended trades included",
  },
} as const satisfies Record<string, TaskDefinition>;

export type TaskName = keyof typeof TASKS;
export type JobName = TaskName extends `${infer Job}.${string}` ? Job : never;

export const TASK_NAMES = Object.keys(TASKS) as TaskName[];
export const JOB_NAMES = [...new Set(TASK_NAMES.map((name) => jobOf(name)))];

export function isTaskName(name: string): name is TaskName {
  return Object.hasOwn(TASKS, name);
}

export function taskDefinition(name: TaskName): TaskDefinition {
  return TASKS[name];
}

/** The lock that a run of this task holds: its own, or the one it shares with the tasks it excludes. */
export function lockOf(name: TaskName): string {
  return taskDefinition(name).lock ?? name;
}

export function jobOf(name: TaskName): JobName {
  return name.slice(0, name.indexOf(".")) as JobName;
}

export function taskWithinJob(name: TaskName): string {
  return name.slice(name.indexOf(".") + 1);
}
