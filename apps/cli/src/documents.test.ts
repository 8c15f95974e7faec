import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { settings } from "@vigia/consistency/settings";
import { issueChanged, orderChanged, parseCommand } from "@vigia/messages";
import type { Problem } from "@vigia/reporting/queries";
import { type Bus, connectBus, createLogger, ensureStreams, readSettings } from "@vigia/runtime";
import { type ServerHandle, startNats } from "@vigia/testkit";
import { parse } from "yaml";
import { findingOf } from "./doctor/problems.ts";
import { createProgram } from "./run.ts";
import { blocksOf, callsOf, pages, readPage, wordsOf } from "./testing/pages.ts";

/** Parses a call as the program does, and carries nothing out. Throws what is wrong with it. */
async function check(call: string, isWhole = true): Promise<void> {
  let said = "";
  const write = (text: string) => {
    said += text;
    return true;
  };
  const nowhere = { write } as never;
  const terminal = {
    stdout: nowhere,
    stderr: nowhere,
    environment: {},
    directory: tmpdir(),
    signal: new AbortController().signal,
    now: () => new Date(),
  };
  const program = createProgram(terminal, () => async () => {});
  await program.parseAsync(wordsOf(call), { from: "user" }).catch((error: { readonly code?: string }) => {
    const isMention = !isWhole && /^commander\.missing(Argument|MandatoryOptionValue)$/.test(error.code ?? "");
    if (!isMention && error.code !== "commander.helpDisplayed")
      throw new Error(`vigia ${call}: ${said}`, { cause: error });
  });
}

const calls = pages().flatMap((page) => callsOf(page).map(({ text, isWhole }) => [page, text, isWhole] as const));

test.each(calls)("%s: vigia %s", (_, call, isWhole) => check(call, isWhole));

test("the calls of the pages are seen, and one that is wrong is noticed", async () => {
  expect(new Set(calls.map(([page]) => page)).size).toBeGreaterThan(5);
  expect(calls.map(([, call]) => call)).toEqual(expect.arrayContaining(["doctor", "runs --status failed --since 2h"]));
  await expect(check("status --bogus")).rejects.toThrow("unknown option '--bogus'");
  await expect(check("bogus")).rejects.toThrow("unknown command");
  await expect(check("pause")).rejects.toThrow("missing required argument");
});

const at = new Date(0);
const PROBLEMS: readonly Problem[] = [
  { level: "critical", kind: "service-missing", service: "cleanup" },
  { level: "warning", kind: "chain-never-synced" },
  { level: "critical", kind: "chain-behind", chainId: 1, lagBlocks: 99 },
  { level: "critical", kind: "chain-silent", chainId: 1, since: at },
  { level: "critical", kind: "issues-open", severity: "critical", count: 1 },
  { level: "critical", kind: "task-failing", task: "cleanup.expire-orders", failures: 2, since: at },
  { level: "note", kind: "task-failed-before", task: "cleanup.expire-orders", failures: 2 },
  { level: "warning", kind: "task-overdue", task: "cleanup.expire-orders", since: at },
  { level: "note", kind: "task-paused", task: "cleanup.expire-orders" },
  { level: "warning", kind: "dead-letters", count: 1 },
];

test.each(PROBLEMS)("the doctor's advice on $kind is a call that there is", async (problem) => {
  const advised = findingOf(problem)
    .command.split("#")
    .flatMap((part) => /vigia ([a-z].*)$/.exec(part)?.[1] ?? []);
  expect(advised).not.toEqual([]);
  for (const call of advised) await check(call.trim());
});

const data = pages().flatMap((page) =>
  blocksOf(page)
    .filter(({ language }) => language === "json" || language === "yaml")
    .map(({ language, text }) => [page, language, text] as const),
);

test.each(data)("%s: a block of %s can be read", (_, language, text) => {
  expect(typeof (language === "json" ? JSON.parse(text) : parse(text))).toBe("object");
});

test("every block of SQL is in a page whose statements a test runs", () => {
  const withSql = pages().filter((page) => blocksOf(page).some(({ language }) => language === "sql"));
  // tests/src/adopting.test.ts, packages/database/src/backend-events.test.ts
  expect(withSql).toEqual(["docs/adopting.md", "docs/notifications.md"]);
});

test("the check of one's own is one that the settings take", () => {
  const directory = mkdtempSync(join(tmpdir(), "vigia-documents-"));
  try {
    const file = join(directory, "vigia.yaml");
    const [block] = blocksOf("docs/checks.md").filter(({ language }) => language === "yaml");
    writeFileSync(file, block?.text ?? "");
    const { CONSISTENCY_CHECKS } = readSettings(settings, { VIGIA_CONFIG: file }, "consistency");
    expect(Object.keys(CONSISTENCY_CHECKS)).toHaveLength(1);
  } finally {
    rmSync(directory, { recursive: true });
  }
});

describe("a consumer in another language", () => {
  const PAGE = "docs/consuming.md";
  let server: ServerHandle;
  let bus: Bus;

  afterAll(async () => {
    await bus?.close();
    await server?.stop();
  });

  test("is shown an event and a command as they are", () => {
    const [event, command] = blocksOf(PAGE).filter(({ language }) => language === "json");
    expect(orderChanged.schema.safeParse(JSON.parse(event?.text ?? "")).success).toBe(true);
    expect(orderChanged.subject(orderChanged.schema.parse(JSON.parse(event?.text ?? "")))).toBe(
      /on the subject `([^`]+)`/.exec(readPage(PAGE))?.[1],
    );
    expect(parseCommand("cleanup", "run", JSON.parse(command?.text ?? ""))).toMatchObject({ ok: true });
    expect(issueChanged.filter).toMatch(/^vigia\.event\.consistency-issue\./);
  });

  test("reads and acknowledges with the login that the page gives it, and with no other right", async () => {
    const [login] = blocksOf(PAGE).filter(({ language }) => language === "");
    const user = login?.text.replace('"…"', '"word"') ?? "";
    server = await startNats({
      configuration: `authorization { users = [ { user: admin, password: admin }, ${user} ] }`,
    });
    const connect = (name: string, word: string) =>
      connectBus({ url: `nats://${name}:${word}@127.0.0.1:${server.port}`, name, log: createLogger("test", "silent") });
    bus = await connect("admin", "admin");
    await ensureStreams(bus, 1, createLogger("test", "silent"));
    await bus.publish("vigia.event.order.expired.1", { orderId: "1" }, { "ce-id": "e1" });
    const shop = await connect("shop", "word");
    try {
      await shop.manager.consumers.add("VIGIA_EVENTS", {
        ...{ durable_name: "shop-orders", filter_subject: "vigia.event.order.>", ack_policy: "explicit" as never },
        ...{ max_deliver: -1, max_ack_pending: 1 },
      });
      const consumer = await shop.client.consumers.get("VIGIA_EVENTS", "shop-orders");
      const message = await consumer.next({ expires: 5_000 });
      expect(message?.headers?.get("ce-id")).toBe("e1");
      await expect(message?.ackAck()).resolves.toBe(true);
      await expect(shop.publish("vigia.event.order.expired.2", {}, {})).rejects.toThrow();
    } finally {
      await shop.close();
    }
  });
});
