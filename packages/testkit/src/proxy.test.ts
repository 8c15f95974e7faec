import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { eventually, startProxy, type TcpProxy } from "./index.ts";

const DELAY_MS = 300;

describe("a proxy", () => {
  let echo: Server;
  let echoed: string;
  let proxy: TcpProxy;
  const clients: Socket[] = [];

  beforeEach(async () => {
    echoed = "";
    echo = createServer((socket) => {
      socket.on("error", () => undefined);
      socket.on("data", (chunk) => {
        echoed += chunk.toString();
        socket.write(chunk);
      });
    }).listen(0, "127.0.0.1");
    await once(echo, "listening");
    proxy = await startProxy((echo.address() as AddressInfo).port);
  });
  afterEach(async () => {
    for (const client of clients.splice(0)) client.destroy();
    await proxy.stop();
    await proxy.stop();
    echo.close();
  });

  async function open() {
    const socket = connect(proxy.port, "127.0.0.1");
    clients.push(socket);
    let heard = "";
    let closed = false;
    socket.on("data", (chunk) => {
      heard += chunk.toString();
    });
    socket.on("error", () => undefined);
    socket.on("close", () => {
      closed = true;
    });
    await once(socket, "connect");
    return { socket, heard: () => heard, isClosed: () => closed };
  }

  /** Time in which what is not held back would have come many times over. */
  const passes = () => new Promise((resolve) => setTimeout(resolve, DELAY_MS));

  it("carries bytes both ways, and the end of either side", async () => {
    const client = await open();
    client.socket.write("one");
    await eventually(() => client.heard() === "one");
    client.socket.end();
    await eventually(client.isClosed);
  });

  it("cuts connections that are there, and lets new ones through", async () => {
    const client = await open();
    client.socket.write("one");
    await eventually(() => client.heard() === "one");
    proxy.cut();
    await eventually(client.isClosed);
    const next = await open();
    next.socket.write("two");
    await eventually(() => next.heard() === "two");
  });

  it("freezes old and new connections, and delivers late what was sent meanwhile", async () => {
    const client = await open();
    client.socket.write("one");
    await eventually(() => client.heard() === "one");
    proxy.freeze();
    client.socket.write(" late");
    const next = await open();
    next.socket.write(" new");
    await passes();
    expect([echoed, client.isClosed(), next.isClosed()]).toEqual(["one", false, false]);
    proxy.heal();
    await eventually(() => client.heard() === "one late" && next.heard() === " new");
  });

  it("drops what a frozen connection held when it is cut", async () => {
    const client = await open();
    proxy.freeze();
    client.socket.write("lost");
    await passes();
    proxy.cut();
    proxy.heal();
    await eventually(client.isClosed);
    expect(echoed).toBe("");
  });

  it("delays each byte, in order, and no longer once it is healed", async () => {
    const client = await open();
    proxy.delay(DELAY_MS);
    const startedAt = performance.now();
    client.socket.write("one ");
    client.socket.write("two");
    await eventually(() => client.heard() === "one two");
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(2 * DELAY_MS - 2);
    proxy.heal();
    client.socket.write(" three");
    await eventually(() => client.heard() === "one two three");
  });

  it("ends a connection whose server is not there", async () => {
    echo.close();
    await once(echo, "close");
    const client = await open();
    await eventually(client.isClosed);
  });
});
