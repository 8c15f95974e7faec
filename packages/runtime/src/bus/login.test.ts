import { type ServerHandle, startNats } from "@vigia/testkit";
import { natsPlace } from "../service/links.ts";
import { connectBus } from "./bus.ts";

const PASSWORD = "p@ss:w/ord%";
const LIMIT = { firstConnectionTimeoutMs: 5_000 };

let server: ServerHandle;
let said: unknown[];
const note = (...words: readonly unknown[]) => void said.push(words);
const log = { info: note, warn: note, error: note };

beforeEach(() => {
  said = [];
});
afterEach(() => server.stop());

async function enter(login: string): Promise<void> {
  const url = server.url.replace("://", `://${login}`);
  const bus = await connectBus({ ...natsPlace({ NATS_URL: url }), name: "test", log, ...LIMIT });
  await bus.ping();
  await bus.close();
}

const escaped = `vigia:${encodeURIComponent(PASSWORD)}@`;

test("the URL's user and password let in, and no others; a password is told to nobody", async () => {
  server = await startNats({ args: ["--user", "vigia", "--pass", PASSWORD] });
  await enter(escaped);
  for (const login of ["", "vigia:pass-of-another@", "somebody:pass-of-another@"]) {
    const error: unknown = await enter(login).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ name: "AuthorizationError" });
    expect(String(error)).not.toContain("pass-of-another");
  }
  expect(JSON.stringify(said)).not.toMatch(/pass-of-another|ord/);
});

test("a user without a password is a token", async () => {
  server = await startNats({ args: ["--auth", PASSWORD] });
  await enter(`${encodeURIComponent(PASSWORD)}@`);
  await expect(enter("another-token@")).rejects.toMatchObject({ name: "AuthorizationError" });
});

test("the login is kept for the connections that follow the first one", async () => {
  server = await startNats({ args: ["--user", "vigia", "--pass", PASSWORD] });
  const url = server.url.replace("://", `://${escaped}`);
  const bus = await connectBus({ ...natsPlace({ NATS_URL: url }), name: "test", log, ...LIMIT });
  const back = (async () => {
    for await (const { type } of bus.connection.status()) if (type === "reconnect") return;
  })();
  await server.restart();
  await back;
  await bus.ping();
  await bus.close();
});
