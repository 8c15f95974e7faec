import { STREAMS } from "@vigia/messages";
import { CURSOR, openOwnPsql } from "./database.ts";
import { type Project, serviceOf } from "./project.ts";
import type { ProofReport } from "./proof-report.ts";
import { expireOnce } from "./replicas.ts";
import { type ComposedSystem, SERVICES } from "./system.ts";
import { until } from "./until.ts";

export const CLUSTER_FILES = ["docker-compose.yml", "docker-compose.cluster.yml"];

const NODES = ["nats", "nats-2", "nats-3"] as const;
const STREAM_COUNT = Object.keys(STREAMS).length;
/** Enough that events are on their way while a server dies. */
const DUE_ORDERS = 1_000;

interface Stream {
  readonly name: string;
  readonly cluster: { readonly leader: string; readonly replicas?: readonly { readonly current: boolean }[] };
}

/** Three NATS servers: the leader of the events is killed, its successor is frozen, and nothing is lost or told again. */
export async function proveCluster(project: Project, report: ProofReport): Promise<void> {
  report.group("With three NATS servers");
  const system: ComposedSystem = { project, psql: openOwnPsql(project), report };
  const started = await report.prove(
    "the system starts, each stream on three servers",
    project,
    [...NODES],
    async () => {
      await project.up();
      return whole(system);
    },
  );
  if (!started) return;
  await report.prove("the events' leader is killed under load, and all goes on", project, [...NODES], async () => {
    const leader = await leaderOf(project);
    const work = expireOnce(system, DUE_ORDERS);
    await project.compose(["kill", "-s", "KILL", leader]);
    return `${leader} was killed; ${await work}; ${await goesOn(system)}`;
  });
  await report.prove("it comes back, and each stream is on three again", project, [...NODES], async () => {
    await project.up();
    return whole(system);
  });
  await report.prove("the events' leader is frozen under load, and all goes on", project, [...NODES], async () => {
    const leader = await leaderOf(project);
    const work = expireOnce(system, DUE_ORDERS);
    // The engine itself hangs on the health check of a container that it paused.
    await project.compose(["kill", "-s", "STOP", leader]);
    const seen = await Promise.all([work, goesOn(system)]).finally(() =>
      project.compose(["kill", "-s", "CONT", leader]),
    );
    return `${leader} was frozen; ${seen.join("; ")}`;
  });
  await report.prove("nothing is lost, and nothing was told again", project, ["reporting"], async () => {
    await whole(system);
    return toldOnce(system);
  });
  await report.prove("no service was started again for it", project, [...SERVICES], async () => {
    const containers = (await project.containers()).filter((each) => SERVICES.some((name) => name === serviceOf(each)));
    const again = containers.filter(({ RestartCount }) => RestartCount > 0).map(serviceOf);
    if (again.length > 0) throw new Error(`started again: ${again.join(", ")}`);
    return `${containers.length} services, none started twice`;
  });
}

/** Each stream as its leader knows it: no other server knows how far the rest have come. */
async function streamsOf(project: Project): Promise<readonly Stream[]> {
  const url = "http://127.0.0.1:8222/jsz?accounts=true&streams=true";
  const streams: Stream[] = [];
  for (const container of await project.containers()) {
    const node = serviceOf(container);
    if (!NODES.some((name) => name === node) || container.State.Status !== "running") continue;
    const answer = await project.exec(node, "wget", "-q", "-O", "-", url);
    const { account_details: accounts } = JSON.parse(answer) as { account_details?: { stream_detail?: Stream[] }[] };
    streams.push(...(accounts?.[0]?.stream_detail ?? []).filter(({ cluster }) => cluster.leader === node));
  }
  return streams;
}

async function leaderOf(project: Project): Promise<string> {
  const leader = (await streamsOf(project)).find(({ name }) => name === STREAMS.events.name)?.cluster.leader;
  if (!leader) throw new Error(`${STREAMS.events.name} has no leader`);
  return leader;
}

async function whole({ project }: ComposedSystem): Promise<string> {
  const streams = await until(
    "all servers to have all of each stream",
    () => streamsOf(project),
    (all) => all.length === STREAM_COUNT && all.every(({ cluster }) => currentOf(cluster) === NODES.length - 1),
  );
  return `${streams.map(({ name, cluster }) => `${name} led by ${cluster.leader}`).join(", ")}`;
}

function currentOf({ replicas = [] }: Stream["cluster"]): number {
  return replicas.filter(({ current }) => current).length;
}

async function goesOn({ psql }: ComposedSystem): Promise<string> {
  const before = await psql.count(CURSOR);
  const after = await until(
    "the cursor to go on",
    () => psql.count(CURSOR),
    (block) => block > before + 1,
  );
  return `read on from block ${before} to block ${after}`;
}

/** Each event of the outbox is in the feed that a consumer of all events keeps, and no loss was believed. */
async function toldOnce({ psql }: ComposedSystem): Promise<string> {
  const untold = `FROM vigia.outbox LEFT JOIN vigia.event_feed feed USING (id)
    WHERE feed.id IS NULL AND outbox.position <= ${await psql.count("SELECT max(position) FROM vigia.outbox")}`;
  await until(
    "every event to be told",
    () => psql.count(`SELECT count(*) ${untold}`),
    (count) => count === 0,
  );
  const losses = await psql.count("SELECT losses FROM vigia.bus_marks");
  if (losses !== 0) throw new Error(`${losses} losses were believed, and there was none`);
  return `all ${await psql.count("SELECT count(*) FROM vigia.outbox")} events are in the feed; no loss was believed`;
}
