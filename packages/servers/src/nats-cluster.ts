import { needPrograms, stopAll, untilReady } from "./group.ts";
import type { ServerHandle } from "./launch.ts";
import { type NatsOptions, startNats } from "./nats.ts";
import { freePort } from "./port.ts";

const NODES = 3;

export interface NatsCluster {
  /** All addresses, with commas between them. */
  readonly url: string;
  /** By the names that the servers call themselves: `n1`, `n2`, `n3`. */
  readonly nodes: Readonly<Record<string, ServerHandle>>;
  stop(): Promise<void>;
}

/** Starts three NATS servers whose JetStream is one, once two of them have agreed on a leader. */
export async function startNatsCluster({ dir }: Pick<NatsOptions, "dir">): Promise<NatsCluster> {
  await needPrograms("nats");
  const routes = await Promise.all(Array.from({ length: NODES }, freePort));
  const monitors = await Promise.all(Array.from({ length: NODES }, freePort));
  const others = routes.map((port) => `nats://127.0.0.1:${port}`).join(",");
  const servers = await Promise.all(
    routes.map((port, index) =>
      startNats({
        dir: `${dir}-${index}`,
        args: [
          ...["--name", `n${index + 1}`, "--cluster_name", "vigia", "--cluster", `nats://127.0.0.1:${port}`],
          ...["--routes", others, "--http_port", String(monitors[index])],
        ],
      }),
    ),
  );
  await untilReady("nats", servers, async () => {
    const answers = monitors.map((port) => fetch(`http://127.0.0.1:${port}/healthz`));
    return (await Promise.all(answers)).every(({ ok }) => ok);
  });
  return {
    url: servers.map(({ url }) => url).join(","),
    nodes: Object.fromEntries(servers.map((server, index) => [`n${index + 1}`, server])),
    stop: () => stopAll(servers),
  };
}
