import { commandChanged, jobOf, resyncProgressed, runChanged, type TaskName, taskWithinJob } from "@vigia/messages";
import type { IncomingMessage } from "@vigia/runtime";
import type { Command } from "./send.ts";

/** What is heard of a command after it was published. Blocks are inclusive. */
export type News =
  | { readonly kind: "accepted"; readonly executionId: string | undefined }
  | {
      readonly kind: "progress";
      readonly fromBlock: number;
      readonly toBlock: number;
      readonly doneBlock: number;
      readonly logs: number;
    }
  | { readonly kind: "attempt-failed"; readonly attempt: number; readonly error: string }
  | CommandEnd;

export interface CommandEnd {
  readonly kind: "ended";
  readonly status: "completed" | "rejected" | "failed";
  readonly reason: string | undefined;
  readonly result: Record<string, unknown> | undefined;
}

/** The subjects on which a command is spoken of. */
export function newsFilters({ target, command, task }: Pick<Command, "target" | "command" | "task">): string[] {
  return [
    `vigia.event.command.*.${target}.${command}`,
    ...(task ? [`vigia.event.run.failed.${jobOf(task)}.${taskWithinJob(task)}`] : []),
    ...(task && hasProgress(task) ? [resyncProgressed.filter] : []),
  ];
}

function hasProgress(task: TaskName): boolean {
  return task === "chain-sync.resync";
}

/** What an event says of the command with this id, if anything. */
export function readNews({ envelope, body }: Pick<IncomingMessage, "envelope" | "body">, id: string): News | undefined {
  if (!body.ok) return undefined;
  if (envelope.type === commandChanged.type) return readLife(body.data, id);
  if (envelope.type === resyncProgressed.type) {
    const { success, data } = resyncProgressed.schema.safeParse(body.data);
    return success && data.commandId === id ? { kind: "progress", ...data } : undefined;
  }
  if (envelope.type === runChanged.type && envelope.correlationId === id) {
    const { success, data } = runChanged.schema.safeParse(body.data);
    return success && data.status === "failed"
      ? { kind: "attempt-failed", attempt: data.attempt, error: data.error ?? "no reason was given" }
      : undefined;
  }
  return undefined;
}

function readLife(payload: unknown, id: string): News | undefined {
  const { success, data } = commandChanged.schema.safeParse(payload);
  if (!success || data.commandId !== id) return undefined;
  const { status, executionId, reason, result } = data;
  return status === "accepted" ? { kind: "accepted", executionId } : { kind: "ended", status, reason, result };
}
