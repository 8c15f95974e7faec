import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** Stands between a program and a node, and counts the HTTP requests. */
export interface CountingProxy {
  readonly url: string;
  count(): number;
  stop(): Promise<void>;
}

export async function startCountingProxy(target: string): Promise<CountingProxy> {
  let requests = 0;
  const server = createServer((request, response) => {
    requests += 1;
    const parts: Buffer[] = [];
    request.on("data", (part: Buffer) => parts.push(part));
    request.on("end", () => {
      const headers = { "content-type": "application/json" };
      fetch(target, { method: "POST", headers, body: Buffer.concat(parts) })
        .then(async (answer) => response.writeHead(answer.status, headers).end(Buffer.from(await answer.arrayBuffer())))
        .catch(() => response.writeHead(502).end());
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    count: () => requests,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
