import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { type PlannedFault, STORES, type Store } from "./fault-plan.ts";
import type { InjectedFault } from "./history.ts";
import type { ServiceProcess } from "./processes.ts";
import type { System } from "./system.ts";

const SLOW_BY_MS = 400;
const LOOK_EVERY_MS = 100;
/** Who is to be befallen while it holds a lock is waited for so long among other faults, and then anybody is. */
const HOLDER_LIMIT_MS = 30_000;
const ANYBODY = "worker-1";

/** Lets the planned faults happen at their times, and resolves when the last one is healed. */
export async function injectFaults(
  system: System,
  plan: readonly PlannedFault[],
  onFault: (fault: PlannedFault, target: string) => void,
  holderLimitMs = HOLDER_LIMIT_MS,
): Promise<InjectedFault[]> {
  const startedAt = Date.now();
  const busy = new Set<string>();
  const injected: InjectedFault[] = [];
  const all = plan.map(async (fault) => {
    await sleep(Math.max(0, startedAt + fault.atMs - Date.now()));
    const target = await targetOf(system, fault, busy, Date.now() + holderLimitMs);
    busy.add(target);
    onFault(fault, target);
    const told = Date.now();
    const from = (await befall(system, fault, target)) ?? told;
    injected.push({ kind: fault.kind, target, from, to: Date.now() });
    busy.delete(target);
  });
  await Promise.all(all);
  return injected.sort((one, other) => one.from - other.from);
}

function storeOf({ kind }: PlannedFault): Store | undefined {
  return STORES.find((store) => kind.startsWith(`${store} `));
}

/** Whom it befalls. What is at fault already is not at fault twice: the later one waits until the earlier is healed. */
async function targetOf(
  system: System,
  fault: PlannedFault,
  busy: ReadonlySet<string>,
  deadline: number,
): Promise<string> {
  for (;;) {
    const holds = fault.kind.endsWith("holder");
    const target = holds ? await holderOf(system) : (storeOf(fault) ?? fault.process);
    if (target !== undefined && !busy.has(target)) return target;
    if (holds && Date.now() > deadline && !busy.has(ANYBODY)) return ANYBODY;
    await sleep(LOOK_EVERY_MS);
  }
}

/** The worker that has a long run under way, with half of it or more to come: what befalls it befalls the run. */
async function holderOf({ database, processes }: System): Promise<string | undefined> {
  const { rows } = await database
    .query<{ instance: string }>(
      `SELECT instance FROM vigia.executions AS e
        WHERE job = 'consistency.deep-check' AND status = 'running'
          AND NOT EXISTS (SELECT FROM reliability.effects AS f WHERE f.message_id = e.message_id AND step > steps / 2)
        ORDER BY id DESC LIMIT 1`,
    )
    .catch(() => ({ rows: [] }));
  return processes.find(({ pid }) => rows[0]?.instance.includes(`#${pid}#`))?.name;
}

/** Resolves when it is healed, with the moment at which it began where that was later than asked for. */
async function befall(system: System, fault: PlannedFault, target: string): Promise<number | undefined> {
  const store = storeOf(fault);
  const process = system.processes.find(({ name }) => name === target);
  if (store) await befallStore(system, fault, store);
  else if (process && fault.kind === "hang holder") return process.hang(fault.forMs);
  else if (process) await befallProcess(system, fault, process);
  return undefined;
}

async function befallProcess(system: System, fault: PlannedFault, process: ServiceProcess): Promise<void> {
  const proxies = system.proxiesOf(process.name);
  const proxy = proxies[fault.atMs % proxies.length];
  switch (fault.kind) {
    case "kill":
    case "kill holder":
      return process.endAndStart("SIGKILL", fault.forMs);
    case "terminate":
      return process.endAndStart("SIGTERM", fault.forMs);
    case "stop":
    case "stop holder":
      process.stop();
      await sleep(fault.forMs);
      return process.resume();
    case "clock set":
      process.setClock(fault.clockMs);
      await sleep(fault.forMs);
      return process.setClock(0);
    case "connections cut":
      for (const each of proxies) each.cut();
      return;
    case "connections frozen":
      proxy?.freeze();
      await sleep(fault.forMs);
      // Half of them break in the end; in the others what was held back arrives late.
      if (fault.forMs % 2 === 0) proxy?.cut();
      return proxy?.heal();
    case "connections slow":
      for (const each of proxies) each.delay(SLOW_BY_MS);
      await sleep(fault.forMs);
      for (const each of proxies) each.heal();
  }
}

async function befallStore(system: System, fault: PlannedFault, store: Store): Promise<void> {
  const server = system.stores[store];
  const how = fault.kind.slice(store.length + 1);
  if (how === "emptied") return emptyRedis(server.port);
  if (how === "killed") await server.kill();
  if (how === "stopped") await server.pause();
  await sleep(fault.forMs);
  if (how === "stopped") await server.resume();
  else await server.restart();
}

function emptyRedis(port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1", () => socket.write("FLUSHALL\r\n"));
    socket.once("error", reject);
    socket.once("data", (answer) => {
      socket.destroy();
      if (answer.toString().startsWith("+OK")) resolve();
      else reject(new Error(`Redis was not emptied: ${answer.toString()}`));
    });
  });
}
