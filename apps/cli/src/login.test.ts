import { type Authority, createAuthority, type ServerHandle, startNats, startPostgres } from "@vigia/testkit";
import { EXIT } from "./exit.ts";
import { call } from "./testing/call.ts";

const NOWHERE = "127.0.0.1:1";
let authority: Authority;
let server: ServerHandle;

beforeAll(async () => {
  authority = await createAuthority();
});
afterEach(() => server.stop());

/** What `vigia status` makes of the server: its exit code, and all that it says. */
async function status(environment: Record<string, string>) {
  const base = { NATS_URL: `nats://${NOWHERE}`, DATABASE_URL: `postgres://vigia@${NOWHERE}/vigia` };
  const { exitCode, stdout, stderr } = call(["status", "--json"], { environment: { ...base, ...environment } });
  return { exitCode: await exitCode, stdout: stdout(), stderr: stderr() };
}

const ours = async () => ({
  ...{ ca: authority.ca, ...(await authority.issue("localhost", "127.0.0.1")), verifyClients: true },
});

test("the URL's user is shown to NATS, and a password that is refused is not said again", async () => {
  server = await startNats({ args: ["--user", "vigia", "--pass", "p@ss-of-vigia"] });
  const at = `127.0.0.1:${server.port}`;
  const { stdout } = await status({ NATS_URL: `nats://vigia:p%40ss-of-vigia@${at}` });
  expect(JSON.parse(stdout).nats).toMatchObject({ there: true });

  const refused = await status({ NATS_URL: `nats://vigia:another-word@${at}` });
  expect(refused.exitCode).toBe(EXIT.configuration);
  expect(refused.stderr).toContain(`NATS at ${at} (from the environment) refuses the login`);
  expect(refused.stdout + refused.stderr).not.toContain("another-word");
});

test.each([
  ["publish no command", `publish: "vigia.event.>", subscribe: "_INBOX.>"`],
  ["hear no answer", `publish: ">", subscribe: "_INBOX.cleanup.>"`],
])("a login that may %s gives none, and is told so", async (_, permissions) => {
  const user = `{ user: cleanup, password: word, permissions { ${permissions} } }`;
  server = await startNats({ configuration: `authorization { users = [${user}] }` });
  const environment = { NATS_URL: `nats://cleanup:word@127.0.0.1:${server.port}` };
  const { exitCode, stderr } = call(["pause", "cleanup"], { environment });
  expect(await exitCode).toBe(EXIT.configuration);
  expect(stderr()).toContain("NATS lets this user give no commands. Is NATS_URL the operator's?");
});

test("NATS with TLS is reached with our certificate, and is not believed without its authority", async () => {
  server = await startNats({ tls: await ours() });
  const NATS_URL = `tls://localhost:${server.port}`;
  const { cert, key } = await authority.issue("vigia");
  const settings = { NATS_URL, NATS_TLS_CA: authority.ca, NATS_TLS_CERT: cert, NATS_TLS_KEY: key };
  expect(JSON.parse((await status(settings)).stdout).nats).toMatchObject({ there: true });

  const doubted = await status({ NATS_URL });
  expect(doubted.exitCode).toBe(EXIT.configuration);
  expect(doubted.stderr).toContain("NATS_TLS_CA_FILE");
});

test("so is Postgres", async () => {
  server = await startPostgres({ tls: await ours() });
  const DATABASE_URL = `${server.url.replace("127.0.0.1", "localhost")}?sslmode=verify-full`;
  const { cert, key } = await authority.issue("vigia");
  const secure = { DATABASE_URL, DATABASE_TLS_CA: authority.ca, DATABASE_TLS_CERT: cert, DATABASE_TLS_KEY: key };
  // It let us in: what is missing is Vigia's schema.
  expect((await status(secure)).stderr).toContain("holds no tables of Vigia");

  const doubted = await status({ DATABASE_URL });
  expect(doubted.exitCode).toBe(EXIT.configuration);
  expect(doubted.stderr).toContain("DATABASE_TLS_CA_FILE");
});
