import { setTimeout as sleep } from "node:timers/promises";
import { ServerStartError } from "./errors.ts";
import type { ServerHandle } from "./launch.ts";
import type { ServerName } from "./server-name.ts";
import { locateServer } from "./source.ts";

const READY_TIMEOUT_MS = 60_000;
const POLL_MS = 50;

/**
 * Servers that find each other by their ports on one host, which containers of their own would not share. Their folders
 * lie beside each other, where `endLeftovers` finds them.
 */
export async function needPrograms(name: ServerName): Promise<void> {
  if ((await locateServer(name)).kind === "programs") return;
  throw new ServerStartError(name, "a group of servers needs its programs on this machine, not its image.", "");
}

/** Waits until the group says of itself that it is ready; stops its servers where it does not. */
export async function untilReady(
  name: ServerName,
  servers: readonly ServerHandle[],
  isReady: () => Promise<boolean>,
): Promise<void> {
  const deadline = Date.now() + READY_TIMEOUT_MS;
  while (!(await isReady().catch(() => false))) {
    if (Date.now() > deadline) {
      await stopAll(servers);
      throw new ServerStartError(name, `did not become a group within ${READY_TIMEOUT_MS / 1000} s.`, "");
    }
    await sleep(POLL_MS);
  }
}

export async function stopAll(servers: readonly ServerHandle[]): Promise<void> {
  await Promise.all(servers.map((server) => server.stop()));
}
