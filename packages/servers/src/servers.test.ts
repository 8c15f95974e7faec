import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, statSync } from "node:fs";
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  endLeftovers,
  getServers,
  processIdentity,
  SERVER_NAMES,
  type ServerHandle,
  startAnvil,
  startNats,
  startPostgres,
  startRedis,
} from "./index.ts";

let dir: string;
const handles: ServerHandle[] = [];

function keep(handle: ServerHandle): ServerHandle {
  handles.push(handle);
  return handle;
}

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "vigia-servers-"));
  await chmod(dir, 0o711);
  await getServers(SERVER_NAMES);
}, 300_000);

afterAll(async () => {
  await Promise.all(handles.map((handle) => handle.stop()));
  await endLeftovers(dir);
  await rm(dir, { recursive: true, force: true });
});

/** Says one thing to a Redis and returns its answer; rejects where none comes in time. */
function redisSays(port: number, command: string, timeoutMs = 2_000): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1", () => socket.write(`${command}\r\n`));
    socket.setTimeout(timeoutMs, () => socket.destroy(new Error("no answer")));
    socket.once("error", reject);
    socket.once("data", (data) => {
      socket.destroy();
      resolve(data.toString());
    });
  });
}

async function rpc(url: string, method: string, params: unknown[] = []): Promise<unknown> {
  const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method, params });
  const response = await fetch(url, { method: "POST", headers: { "content-type": "application/json" }, body });
  return ((await response.json()) as { result: unknown }).result;
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
}

describe("redis", () => {
  it("keeps its data over a kill and a restart on the same port, freezes and thaws, and ends", async () => {
    const redis = keep(await startRedis({ dir: join(dir, "redis"), args: ["--appendfsync", "always"] }));
    const { port, pid } = redis;
    expect(await redisSays(port, "SET answer 42")).toBe("+OK\r\n");

    await redis.kill();
    expect(await isFree(port)).toBe(true);
    await redis.restart();
    expect(redis.port).toBe(port);
    expect(redis.pid).not.toBe(pid);
    expect(await redisSays(port, "GET answer")).toBe("$2\r\n42\r\n");

    await redis.pause();
    await expect(redisSays(port, "GET answer", 200)).rejects.toThrow("no answer");
    await redis.resume();
    expect(await redisSays(port, "GET answer")).toBe("$2\r\n42\r\n");

    await redis.pause();
    await redis.stop();
    await redis.stop();
    expect(processIdentity(redis.pid)).toBeUndefined();
    expect(await isFree(port)).toBe(true);
  });

  it("tells the end of the log when it cannot start", async () => {
    const start = startRedis({ dir: join(dir, "bad-redis"), args: ["--no-such-setting", "1"] });
    await expect(start).rejects.toThrow(/redis ended while starting[\s\S]*no-such-setting/);
  });

  it("calls back when it ends without having been told to", async () => {
    const redis = keep(await startRedis({ dir: join(dir, "dying-redis"), persistent: false }));
    const told = new Promise<Error>((resolve) => redis.onUnexpectedExit(resolve));
    process.kill(redis.pid, "SIGKILL");
    expect((await told).message).toContain("redis ended unexpectedly");
  });
});

describe("nats", () => {
  it("serves JetStream from its own store", async () => {
    const nats = keep(await startNats({ dir: join(dir, "nats") }));
    const banner = await new Promise<string>((resolve, reject) => {
      const socket = connect(nats.port, "127.0.0.1");
      socket.once("error", reject);
      socket.once("data", (data) => {
        socket.destroy();
        resolve(data.toString());
      });
    });
    expect(banner).toContain('"jetstream":true');
    expect(existsSync(join(dir, "nats", "data", "jetstream"))).toBe(true);
  });
});

describe("postgres", () => {
  it("starts in a directory of its own, keeps its password to itself, and survives a kill", async () => {
    const postgres = keep(await startPostgres({ dir: join(dir, "postgres"), durable: false }));
    const first = postgres.url;
    expect(first).toMatch(/^postgres:\/\/owner:[\w-]+@127\.0\.0\.1:\d+\/vigia$/);
    expect(statSync(join(dir, "postgres", "password")).mode & 0o777).toBe(0o600);
    await postgres.kill();
    await postgres.restart();
    await postgres.stop();

    const again = keep(await startPostgres({ dir: join(dir, "postgres"), durable: false }));
    expect(new URL(again.url).password).toBe(new URL(first).password);
  });
});

describe("anvil", () => {
  it("keeps its chain over a restart", async () => {
    const anvil = keep(await startAnvil({ dir: join(dir, "anvil") }));
    expect(await rpc(anvil.url, "eth_chainId")).toBe("0x7a69");
    await rpc(anvil.url, "anvil_mine", ["0x5"]);
    const block = await rpc(anvil.url, "eth_getBlockByNumber", ["0x5", false]);
    await anvil.restart();
    expect(await rpc(anvil.url, "eth_blockNumber")).toBe("0x5");
    expect(await rpc(anvil.url, "eth_getBlockByNumber", ["0x5", false])).toMatchObject({
      hash: (block as { hash: string }).hash,
    });
  });
});

describe("leftovers", () => {
  it("ends a server whose parent was killed, and no other process", async () => {
    const orphanDir = join(dir, "orphan");
    const redis = await startRedis({ dir: orphanDir, persistent: false });
    const bystander = spawn(process.execPath, ["-e", "setInterval(() => undefined, 1000)"]);
    await once(bystander, "spawn");
    await endLeftovers(dir);
    expect(processIdentity(redis.pid)).toBeUndefined();
    expect(processIdentity(bystander.pid ?? 0)).toBeDefined();
    bystander.kill("SIGKILL");
  });
});
