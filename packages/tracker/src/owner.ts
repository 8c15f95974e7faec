import { randomUUID } from "node:crypto";
import { hostname } from "node:os";

/** A process that may hold locks: its service, where it runs, and a boot id that no other process ever has. */
export interface Owner {
  readonly service: string;
  readonly host: string;
  readonly pid: number;
  readonly bootId: string;
}

/** One per process, so that two trackers in one process never take each other for a dead predecessor. */
const BOOT_ID = randomUUID().slice(0, 13);

export function thisOwner(service: string, identity: Partial<Omit<Owner, "service">> = {}): Owner {
  const owner = { service, host: hostname(), pid: process.pid, bootId: BOOT_ID, ...identity };
  if (!OWNER.test(formatOwner(owner))) throw new Error(`"${formatOwner(owner)}" is not a usable owner name`);
  return owner;
}

/** `service@host#pid#bootId`, as it stands in locks and executions. */
export function formatOwner({ service, host, pid, bootId }: Owner): string {
  return `${service}@${host}#${pid}#${bootId}`;
}

const OWNER = /^([^@\s]+)@([^#\s]+)#(\d+)#([^#\s]+)$/;

export function parseOwner(text: string): Owner | undefined {
  const [, service, host, pid, bootId] = OWNER.exec(text) ?? [];
  if (service === undefined || host === undefined || pid === undefined || bootId === undefined) return undefined;
  return { service, host, pid: Number(pid), bootId };
}

/**
 * What this process can tell of another owner without asking a store. On one host a process id that is gone, or that is
 * ours under another boot id, proves a death at once; everything else is for the heartbeat to say. Host names must be
 * unique per process-id namespace, which containers give by default.
 */
export function judgeOwner(
  self: Owner,
  other: Owner,
  pidExists: (pid: number) => boolean,
): "self" | "dead" | "unknown" {
  if (other.host !== self.host) return "unknown";
  if (other.bootId === self.bootId) return other.pid === self.pid ? "self" : "unknown";
  if (other.pid === self.pid) return "dead";
  return pidExists(other.pid) ? "unknown" : "dead";
}

/** Whether the kernel knows the process id; a process of another user counts. */
export function pidExists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== "ESRCH";
  }
}
