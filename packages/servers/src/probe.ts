import { connect, type Socket } from "node:net";
import { connect as connectTls, TLSSocket } from "node:tls";

const PROBE_TIMEOUT_MS = 2_000;

/** NATS greets every client with a line that starts with INFO. */
export function probeNats(port: number): Promise<void> {
  return ask(port, undefined, (answer) => answer.startsWith("INFO "));
}

/** A Redis that is still loading its data answers LOADING, one with a password NOAUTH: the latter does serve. */
export function probeRedis(port: number): Promise<void> {
  return ask(port, "PING\r\n", (answer) => answer.startsWith("+PONG") || answer.startsWith("-NOAUTH"));
}

/** The same of one that speaks TLS alone. */
export function probeRedisOverTls(port: number, tls: Certificate): Promise<void> {
  return ask(port, "PING\r\n", (answer) => /^\+PONG|^-NOAUTH/.test(answer), overTls(port, tls));
}

interface Certificate {
  readonly cert: string;
  readonly key: string;
}

/** The server's own certificate is as good as any client's. */
function overTls(port: number, { cert, key }: Certificate): Socket {
  return connectTls({ host: "127.0.0.1", port, cert, key, rejectUnauthorized: false });
}

/**
 * What pg_isready does: a startup packet, which a server that accepts sessions answers by asking for a password, or, where
 * it wants TLS, by a refusal that names its rules for hosts (28000).
 */
export function probePostgres(port: number, user: string): Promise<void> {
  const parameters = Buffer.from(`user\0${user}\0database\0postgres\0\0`);
  const head = Buffer.alloc(8);
  head.writeInt32BE(head.length + parameters.length, 0);
  head.writeInt32BE(3 << 16, 4);
  return ask(port, Buffer.concat([head, parameters]), (answer) => answer.startsWith("R") || answer.includes("C28000"));
}

/** An anvil that serves tells its chain id. */
export async function probeChain(port: number): Promise<void> {
  const response = await fetch(`http://127.0.0.1:${port}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ jsonrpc: "2.0", id: 1, method: "eth_chainId", params: [] }),
    signal: AbortSignal.timeout(PROBE_TIMEOUT_MS),
  });
  const answer = await response.text();
  if (!answer.includes('"result"')) throw new Error(`The chain answered ${answer.slice(0, 200)}`);
}

/** Sends one command to a Redis as it would be typed, and gives its answer as it came. */
export async function tellRedis(port: number, command: string, tls?: Certificate): Promise<string> {
  let said = "";
  const isGood = (answer: string) => {
    said = answer;
    return !answer.startsWith("-");
  };
  await ask(port, `${command}\r\n`, isGood, tls && overTls(port, tls));
  return said;
}

/** Speaks to a port once; fails unless the first thing that it says is good. */
function ask(
  port: number,
  request: string | Buffer | undefined,
  isGood: (answer: string) => boolean,
  socket: Socket = connect({ host: "127.0.0.1", port }),
): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (error: Error): void => {
      socket.destroy();
      reject(error);
    };
    socket.setTimeout(PROBE_TIMEOUT_MS, () => fail(new Error(`Port ${port} says nothing.`)));
    socket.once("error", fail);
    socket.once(socket instanceof TLSSocket ? "secureConnect" : "connect", () => {
      if (request !== undefined) socket.write(request);
    });
    socket.once("end", () => fail(new Error(`Port ${port} closed the connection.`)));
    socket.once("data", (data) => {
      const answer = data.toString("latin1");
      if (!isGood(answer)) return fail(new Error(`Port ${port} answered ${answer.slice(0, 200)}`));
      socket.destroy();
      resolve();
    });
  });
}
