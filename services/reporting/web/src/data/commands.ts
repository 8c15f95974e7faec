import { useMutation, useQueryClient } from "@tanstack/react-query";
import type { CommandGiven } from "./answers.ts";
import { tell } from "./ask.ts";

/** A command as the API takes it; docs/messages.md says what its data is. */
export interface Command {
  readonly target: string;
  readonly command: string;
  readonly data: Readonly<Record<string, unknown>>;
}

type Commands = readonly Command[] | Promise<readonly Command[]>;

/** Gives commands one after the other, up to the first that is refused; gives back their ids. */
export function useCommands() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async (commands: () => Commands) => {
      const ids: string[] = [];
      for (const command of await commands())
        ids.push((await tell<CommandGiven>("POST", "commands", command)).commandId);
      return ids;
    },
    onSettled: () => client.invalidateQueries({ queryKey: ["actions"] }),
  });
}

/** Runs a task now. */
export function runTask(name: string): Command {
  const { job, task } = within(name);
  return { target: job, command: "run", data: { task } };
}

/** Stops the schedule of a task, until an instant or until it is resumed. */
export function pauseTask(name: string, { until, reason }: Values): Command {
  return { target: "scheduler", command: "pause", data: { ...within(name), ...untilOf(until), ...reasonOf(reason) } };
}

export function resumeTask(name: string, { reason }: Values): Command {
  return { target: "scheduler", command: "resume", data: { ...within(name), ...reasonOf(reason) } };
}

/** Runs a task for those instants of a past range that had no run that completed. */
export function backfillTask(name: string, { from, to, reason }: Values): Command {
  const range = { from: instantOf(from), to: instantOf(to) };
  return { target: "scheduler", command: "backfill", data: { ...within(name), ...range, ...reasonOf(reason) } };
}

/** Ends a run that is under way. */
export function cancelRun(executionId: string, { reason }: Values): Command {
  return { target: "runs", command: "cancel", data: { executionId, ...reasonOf(reason) } };
}

/** Reads blocks again; both ends are inclusive. */
export function resync({ from, to, reason }: Values): Command {
  const data = { fromBlock: Number(from), ...(to ? { toBlock: Number(to) } : {}), ...reasonOf(reason) };
  return { target: "chain-sync", command: "resync", data };
}

export function markIssue(
  command: "acknowledge" | "snooze" | "reopen",
  fingerprint: string,
  { until, reason }: Values,
): Command {
  return { target: "consistency", command, data: { fingerprint, ...untilOf(until), ...reasonOf(reason) } };
}

/** What holds for all of these. */
export function markIssues(
  command: "acknowledge" | "snooze",
  fingerprints: readonly string[],
  { until, reason }: Values,
): Command {
  return { target: "consistency", command, data: { fingerprints, ...untilOf(until), ...reasonOf(reason) } };
}

export function replay(which: { readonly sequence: number } | { readonly consumer: string }): Command {
  return { target: "deadletters", command: "replay", data: which };
}

/** Tells again what was refused or given up. */
export function redeliver(which: { readonly deliveryId: string } | { readonly channel: string }): Command {
  return { target: "notifications", command: "redeliver", data: which };
}

/** What was typed into a form, by field. */
export type Values = Readonly<Record<string, string>>;

function within(name: string): { readonly job: string; readonly task: string } {
  const point = name.indexOf(".");
  return { job: name.slice(0, point), task: name.slice(point + 1) };
}

/** A local time as an instant. */
function untilOf(until: string | undefined): { readonly until?: string } {
  return until ? { until: instantOf(until) } : {};
}

function instantOf(local = ""): string {
  return new Date(local).toISOString();
}

function reasonOf(reason: string | undefined): { readonly reason?: string } {
  return reason?.trim() ? { reason: reason.trim() } : {};
}
