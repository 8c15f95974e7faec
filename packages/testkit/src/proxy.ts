import { connect, createServer, type Socket } from "node:net";
import { performance } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";

/** A way through which a program reaches a server of 127.0.0.1, and on which the network can go wrong. */
export interface TcpProxy {
  /** Where it listens, on 127.0.0.1. */
  readonly port: number;
  /** Ends every connection at once, on both sides; new ones are let through. */
  cut(): void;
  /**
   * A black hole until `heal`: connections stay, new ones are taken, and nothing comes through. What was sent meanwhile
   * arrives late, as after a real partition, unless it is cut first.
   */
  freeze(): void;
  /** New connections go to that port of 127.0.0.1 from now on; those that are there stay. */
  leadTo(targetPort: number): void;
  /** From now on every byte arrives that much later, in both directions. */
  delay(ms: number): void;
  /** Lets everything through again at once. */
  heal(): void;
  /** Ends all connections and listens no more. Safe to call twice. */
  stop(): Promise<void>;
}

interface Network {
  targetPort: number;
  frozen: boolean;
  delayMs: number;
  readonly sockets: Set<Socket>;
}

/** Starts a proxy to a port of 127.0.0.1; whether somebody listens there is asked at each connection. */
export async function startProxy(targetPort: number): Promise<TcpProxy> {
  const network: Network = { targetPort, frozen: false, delayMs: 0, sockets: new Set() };
  const server = createServer((client) => join(network, client, connect(network.targetPort, "127.0.0.1")));
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject).listen(0, "127.0.0.1", resolve);
  });
  const address = server.address();
  if (typeof address !== "object" || address === null) throw new Error("The proxy does not listen on a port.");
  const cut = () => {
    for (const socket of network.sockets) socket.destroy();
  };
  return {
    port: address.port,
    cut,
    freeze() {
      network.frozen = true;
      for (const socket of network.sockets) socket.pause();
    },
    leadTo(port) {
      network.targetPort = port;
    },
    delay(ms) {
      network.delayMs = ms;
    },
    heal() {
      network.frozen = false;
      network.delayMs = 0;
      for (const socket of network.sockets) socket.resume();
    },
    async stop() {
      cut();
      if (server.listening) await new Promise((resolve) => server.close(resolve));
    },
  };
}

function join(network: Network, client: Socket, server: Socket): void {
  pump(network, client, server);
  pump(network, server, client);
}

/** Carries what one side says to the other, in order. Either side's end is the other's. */
function pump(network: Network, from: Socket, to: Socket): void {
  network.sockets.add(from);
  let carried = Promise.resolve();
  const afterwards = (action: () => void) => {
    const dueMs = performance.now() + network.delayMs;
    carried = carried.then(async () => {
      const leftMs = dueMs - performance.now();
      if (leftMs > 0) await sleep(leftMs);
      if (!to.destroyed) action();
    });
  };
  from.setNoDelay(true);
  from.on("data", (chunk: Buffer) =>
    afterwards(() => {
      if (to.write(chunk)) return;
      from.pause();
      to.once("drain", () => {
        if (!network.frozen) from.resume();
      });
    }),
  );
  from.on("end", () => afterwards(() => to.end()));
  // A reset is a way to end like any other; `close` follows.
  from.on("error", () => undefined);
  from.on("close", () => {
    network.sockets.delete(from);
    afterwards(() => to.destroy());
  });
  if (network.frozen) from.pause();
}
