import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { EXIT } from "./exit.ts";
import { call } from "./testing/call.ts";

/** A port on which nothing listens: the system keeps it for itself. */
const NOWHERE = "127.0.0.1:1";
const PROMISED_MS = 5_000;

describe("help", () => {
  test.each([
    "status",
    "issues",
    "runs",
    "trigger",
    "resync",
    "pause",
    "resume",
    "deadletters",
    "profile check",
    "web-user",
  ])("%s shows examples", async (command) => {
    const { exitCode, stdout } = call([...command.split(" "), "--help"]);
    expect(await exitCode).toBe(EXIT.ok);
    expect(stdout()).toContain(`Usage: vigia ${command}`);
    expect(stdout()).toMatch(new RegExp(`Examples:\\n {2}\\$ vigia ${command}`));
    expect(stdout()).toContain("--json");
  });

  test("the program's own names the exit codes and the settings", async () => {
    const { exitCode, stdout } = call(["--help"]);
    expect(await exitCode).toBe(EXIT.ok);
    for (const word of ["NATS_URL", "DATABASE_URL", "75 ", "78 "]) expect(stdout()).toContain(word);
  });

  test("no command at all is wrong usage, and shows it", async () => {
    const { exitCode, stderr } = call([]);
    expect(await exitCode).toBe(EXIT.usage);
    expect(stderr()).toContain("Usage: vigia");
  });
});

describe("wrong usage", () => {
  test.each([
    ["an unknown command", ["bogus"], "unknown command 'bogus'"],
    ["an unknown option", ["status", "--bogus"], "unknown option '--bogus'"],
    ["too many arguments", ["status", "all"], "too many arguments"],
    ["no first block", ["resync"], "--from <block>"],
    ["a block that is no number", ["resync", "--from", "ten"], "It must be a block number"],
    ["a negative block", ["resync", "--from", "-1"], "It must be a block number"],
    ["a block beyond all numbers", ["resync", "--from", "99999999999999999999"], "It must be a block number"],
    ["an empty range", ["resync", "--from", "9", "--to", "8"], "toBlock: must not be below fromBlock"],
    ["an endless reason", ["resync", "--from", "9", "--reason", "x".repeat(501)], "reason: "],
    ["an unknown task", ["trigger", "cleanup.everything"], 'there is no task "cleanup.everything"'],
    ["a task with data", ["trigger", "chain-sync.resync"], "runs by its own command"],
    ["an unknown severity", ["issues", "--severity", "bad"], "Allowed choices are critical, high, medium, low"],
    ["a check that is a wildcard", ["issues", "--follow", "--check", ">"], "the code of a check"],
    ["following what is resolved", ["issues", "--follow", "--all"], "cannot be used with option '--all'"],
    ["the runs of an unknown task", ["runs", "--task", "x.y"], "Allowed choices are"],
    ["no runs", ["runs", "--limit", "0"], "1 or more"],
  ])("%s", async (_, args, reason) => {
    const { exitCode, stderr, stdout } = call(args);
    expect(await exitCode).toBe(EXIT.usage);
    expect(stderr()).toMatch(/^vigia: /);
    expect(stderr()).toContain(reason);
    expect(stdout()).toBe("");
  });
});

describe("settings", () => {
  let directory: string;

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "vigia-cli-"));
  });

  afterEach(() => rmSync(directory, { recursive: true }));

  test.each([
    [["status"], "NATS_URL"],
    [["resync", "--from", "1"], "NATS_URL"],
    [["issues", "--follow"], "NATS_URL"],
    [["issues"], "DATABASE_URL"],
    [["runs"], "DATABASE_URL"],
  ])("%j without any says what to set", async (args, name) => {
    const { exitCode, stderr } = call(args, { directory });
    expect(await exitCode).toBe(EXIT.configuration);
    expect(stderr()).toContain(`${name} is missing. Set ${name}`);
    expect(stderr()).toContain("npm start");
  });

  test("a wrong one is named with its source", async () => {
    const { exitCode, stderr } = call(["runs", "--database-url", "mysql://x"]);
    expect(await exitCode).toBe(EXIT.configuration);
    expect(stderr()).toContain("DATABASE_URL: must be a URL that starts with postgres://");
    expect(stderr()).toContain("from --database-url");
  });

  test("the settings file comes before the one that npm start leaves, and its mistakes are told", async () => {
    mkdirSync(join(directory, ".vigia"));
    writeFileSync(join(directory, ".vigia", "environment"), `DATABASE_URL=postgres://file@${NOWHERE}/x\n`);
    const settings = join(directory, "vigia.yaml");
    writeFileSync(settings, `database: { url: "postgres://yaml@${NOWHERE}/x" }\n`);
    const byFile = call(["runs"], { directory });
    expect(await byFile.exitCode).toBe(EXIT.away);
    expect(byFile.stderr()).toContain(`from ${settings}:1`);

    writeFileSync(settings, "database:\n  uri: postgres://yaml@localhost/x\n");
    const wrong = call(["runs"], { directory });
    expect(await wrong.exitCode).toBe(EXIT.configuration);
    expect(wrong.stderr()).toContain("vigia.yaml:2: database.uri is no setting; did you mean database.url?");
  });

  test("options come before the environment, and that before the file found upward", async () => {
    mkdirSync(join(directory, ".vigia"));
    mkdirSync(join(directory, "deep", "down"), { recursive: true });
    writeFileSync(join(directory, ".vigia", "environment"), `# comment\nDATABASE_URL=postgres://file@${NOWHERE}/x\n`);
    const world = { directory: join(directory, "deep", "down") };

    const byFile = call(["runs"], world);
    expect(await byFile.exitCode).toBe(EXIT.away);
    expect(byFile.stderr()).toContain(`from ${join("..", "..", ".vigia", "environment")}`);

    const environment = { DATABASE_URL: `postgres://environment@${NOWHERE}/x` };
    const byEnvironment = call(["runs"], { ...world, environment });
    expect(await byEnvironment.exitCode).toBe(EXIT.away);
    expect(byEnvironment.stderr()).toContain("from the environment");

    const byOption = call(["runs", "--database-url", `postgres://option@${NOWHERE}/x`], { ...world, environment });
    expect(await byOption.exitCode).toBe(EXIT.away);
    expect(byOption.stderr()).toContain("from --database-url");
  });
});

describe("a server that is away", () => {
  const environment = { NATS_URL: `nats://${NOWHERE}`, DATABASE_URL: `postgres://user:hidden@${NOWHERE}/market` };

  test.each([
    [["resync", "--from", "1"], `NATS at ${NOWHERE}`],
    [["trigger", "consistency.check", "--wait"], `NATS at ${NOWHERE}`],
    [["issues", "--follow"], `NATS at ${NOWHERE}`],
    [["issues"], `Postgres at ${NOWHERE}/market`],
    [["runs"], `Postgres at ${NOWHERE}/market`],
  ])("%j says so in one line, without a password", async (args, server) => {
    const { exitCode, stderr, stdout } = call(args, { environment });
    expect(await exitCode).toBe(EXIT.away);
    expect(stderr()).toContain(`vigia: ${server} (from the environment) does not answer`);
    expect(stderr().trim().split("\n")).toHaveLength(1);
    expect(stderr()).not.toContain("hidden");
    expect(stdout()).toBe("");
  });

  test("status tells of both", async () => {
    const { exitCode, stdout } = call(["status", "--json"], { environment });
    expect(await exitCode).toBe(EXIT.away);
    expect(JSON.parse(stdout())).toMatchObject({ nats: { there: false }, postgres: { there: false } });
    expect(stdout()).not.toContain("hidden");
  });

  test("--verbose shows where the error came from", async () => {
    const { exitCode, stderr } = call(["runs", "--verbose"], { environment });
    expect(await exitCode).toBe(EXIT.away);
    expect(stderr()).toMatch(/caused by: .*ECONNREFUSED/);
    expect(stderr()).toMatch(/ at .*\.ts/);
    expect(stderr()).not.toContain("hidden");
  });
});

describe("a server that takes connections and says nothing", () => {
  let mute: Server;
  const sockets = new Set<Socket>();
  let address: string;

  beforeAll(async () => {
    mute = createServer((socket) => sockets.add(socket));
    await new Promise<void>((resolve) => mute.listen(0, "127.0.0.1", resolve));
    const listening = mute.address();
    address = `127.0.0.1:${typeof listening === "object" ? listening?.port : ""}`;
  });

  afterAll(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => mute.close(resolve));
  });

  test.each([
    ["NATS", ["resync", "--from", "1"]],
    ["Postgres", ["runs"]],
  ])("is given up in time: %s", async (server, args) => {
    const startedAt = performance.now();
    const environment = { NATS_URL: `nats://${address}`, DATABASE_URL: `postgres://user@${address}/market` };
    const { exitCode, stderr } = call(args, { environment });
    expect(await exitCode).toBe(EXIT.away);
    expect(performance.now() - startedAt).toBeLessThan(PROMISED_MS);
    expect(stderr()).toContain(`${server} at ${address}`);
  });
});
