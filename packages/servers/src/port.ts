import { createServer } from "node:net";

/** The standard ports of the servers: whoever listens there is not ours, and neither is the port. */
const STANDARD_PORTS: ReadonlySet<number> = new Set([4222, 5432, 6222, 6379, 8080, 8222, 8545]);
const MAX_DRAWS = 20;

/** A port of 127.0.0.1 that was free a moment ago, chosen by the operating system. */
export async function freePort(): Promise<number> {
  for (let draw = 0; draw < MAX_DRAWS; draw++) {
    const port = await drawPort();
    if (!STANDARD_PORTS.has(port)) return port;
  }
  throw new Error(`The operating system offered only standard ports in ${MAX_DRAWS} draws.`);
}

function drawPort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen({ host: "127.0.0.1", port: 0, exclusive: true }, () => {
      const address = server.address();
      const port = typeof address === "object" && address !== null ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}
