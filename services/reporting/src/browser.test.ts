import { commandChanged, resyncProgressed } from "@vigia/messages";
import { eventually } from "@vigia/testkit";
import type { BrowserContext, Page } from "playwright-core";
import { type OpenedPage, openPage, overflowOf, seriousFaults } from "./testing/browser.ts";
import { feedStories } from "./testing/feed-stories.ts";
import { runStories } from "./testing/run-stories.ts";
import { type Scene, startScene } from "./testing/scene.ts";
import { visitorOf } from "./testing/visitor.ts";

const FETCH_LIMIT_MS = 1_200_000;
/** Each step waits on its own, and names what did not come. */
const TEST_LIMIT_MS = 300_000;
jest.setTimeout(TEST_LIMIT_MS);

let scene: Scene;
let opened: OpenedPage;
let page: Page;

beforeAll(async () => {
  scene = await startScene();
}, FETCH_LIMIT_MS);

afterAll(() => scene?.stop());

afterEach(async () => {
  await page.context().close();
});

const { logIn, act, panel } = visitorOf(() => page);

/** For the documentation: `PICTURES=docs/images npx jest browser` takes what is seen here. */
async function photograph(seen: Page, name: string): Promise<void> {
  const folder = process.env.PICTURES;
  if (folder) await seen.screenshot({ path: `${folder}/${name}.png` });
}

/** The lines of the issues that are shown. */
function issues(text: string) {
  return panel("Issues").locator("summary", { hasText: text });
}

describe("whoever may look", () => {
  beforeEach(async () => {
    opened = await openPage(scene.browser, scene.url);
    page = opened.page;
  });

  it.each([
    [
      "en-GB",
      "light",
      [
        "Jobs",
        "Recent runs",
        "Chain",
        "Issues",
        "What happens",
        "Dead letters",
        "Notifications",
        "Clean-up",
        "Locks",
        "What was done",
      ],
    ],
    [
      "es-ES",
      "dark",
      [
        "Tareas",
        "Cadena",
        "Incidencias",
        "Lo que ocurre",
        "Mensajes sin tratar",
        "Notificaciones",
        "Limpieza",
        "Bloqueos",
        "Lo que se hizo",
      ],
    ],
  ] as const)("sees every view in %s, %s, without a fault and without a button", async (locale, colorScheme, views) => {
    const own = await openPage(scene.browser, scene.url, { locale, colorScheme });
    for (const view of views) await own.page.getByRole("region", { name: view, exact: true }).waitFor();
    await own.page.getByText("nobody reads the moon").first().waitFor();
    expect(await seriousFaults(own.page)).toEqual([]);
    expect(
      await own.page
        .getByRole("button", {
          name: /^(Run|Pause (?!updates)|Resync|Make up|Cancel|Ejecutar|Pausar .|Resincronizar|Cancelar)/,
        })
        .count(),
    ).toBe(0);
    expect(own.complaints).toEqual([]);
    await photograph(own.page, `page-${locale.slice(0, 2)}`);
    await own.page.context().close();
  });

  it("sees what was cleaned up each day, and in each run", async () => {
    const cleanup = panel("Clean-up");
    await cleanup.getByText("orders expired: 7").waitFor();
    await cleanup.getByLabel("Figures").selectOption("run");
    await cleanup.getByText("orders expired: 4").waitFor();
    await panel("Locks").getByText("No lock is freed by hand").waitFor();
  });

  it("as a viewer has no buttons either", async () => {
    await logIn("vera");
    await page.getByText("vera · viewer").waitFor();
    expect(await page.getByRole("button", { name: /^(Run|Resync|Make up|Cancel|Retry)/ }).count()).toBe(0);
    expect(opened.complaints).toEqual([]);
  });

  it("logs in first where looking is not open, and sees no more once logged out", async () => {
    await page.goto(scene.closed);
    await page.getByText("Log in to see what Vigia sees").waitFor();
    expect(await page.getByRole("region", { name: "Jobs" }).count()).toBe(0);
    expect(await seriousFaults(page)).toEqual([]);
    await logIn("vera");
    await panel("Jobs").waitFor();
    await page.getByRole("button", { name: "Log out" }).click();
    await page.getByText("Log in to see what Vigia sees").waitFor();
    expect(await page.getByRole("region", { name: "Jobs" }).count()).toBe(0);
  });

  it("is told that a login failed, and stays where they were", async () => {
    await page.getByRole("button", { name: "Log in" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("Name").fill("ana");
    await dialog.getByLabel("Password").fill("wrong");
    await dialog.getByRole("button", { name: "Log in" }).click();
    await dialog.getByRole("alert").getByText("no such user").waitFor();
    await page.keyboard.press("Escape");
    await dialog.waitFor({ state: "detached" });
  });
});

describe("an operator", () => {
  // One login for all: an address may log in a few times a minute alone.
  let storageState: Awaited<ReturnType<BrowserContext["storageState"]>>;
  beforeAll(async () => {
    ({ page } = await openPage(scene.browser, scene.url));
    await logIn("ana");
    storageState = await page.context().storageState();
    await page.context().close();
  });
  beforeEach(async () => {
    opened = await openPage(scene.browser, scene.url, { storageState });
    page = opened.page;
    await page.getByText("ana · operator").waitFor();
  });
  afterEach(() => expect(opened.complaints).toEqual([]));

  it("finds all of it on a phone, and moves nothing sideways", async () => {
    const viewport = { width: 360, height: 740 };
    const phone = await openPage(scene.browser, scene.url, { storageState, viewport, hasTouch: true, isMobile: true });
    const region = (name: string) => phone.page.getByRole("region", { name, exact: true });
    await region("Issues").locator("summary").first().tap();
    await region("Issues").getByText("What to do").waitFor();
    await region("Recent runs").getByRole("button", { name: "cleanup.expire-orders" }).first().tap();
    await region("Recent runs").getByText("Attempts for this message").waitFor();
    for (const name of ["Dead letters", "Notifications", "Clean-up", "Locks", "What ran when", "Chain"])
      await region(name).waitFor();
    expect(await overflowOf(phone.page)).toBe(0);
    expect(await seriousFaults(phone.page)).toEqual([]);
    await photograph(phone.page, "phone");
    await phone.page.context().close();
  });

  it("finds every view and form without a fault", async () => {
    await issues("SELF_TRADE").first().click();
    expect(await seriousFaults(page)).toEqual([]);
    await page.getByRole("button", { name: "Pause chain-sync.sync" }).click();
    await page.getByRole("dialog").waitFor();
    expect(await seriousFaults(page)).toEqual([]);
    await page.getByRole("button", { name: "Back" }).click();
    await page.getByRole("dialog").waitFor({ state: "detached" });
  });

  it("runs a task by keyboard alone", async () => {
    await page.getByRole("button", { name: "Run cleanup.expire-orders now" }).focus();
    await page.keyboard.press("Enter");
    await page.getByRole("dialog", { name: "Run cleanup.expire-orders now" }).waitFor();
    await page.getByRole("button", { name: "Confirm" }).focus();
    await page.keyboard.press("Enter");
    await page.getByRole("dialog").waitFor({ state: "detached" });
    expect(await scene.commandOnBus("cleanup.run")).toEqual({ task: "expire-orders" });
    await panel("What was done").getByText("cleanup run").waitFor();
  });

  it("finds a failed run by what it says, with its stack, its attempts, what it told, and its dead letter", async () => {
    await panel("What ran when").getByRole("link", { name: "cleanup.expire-orders" }).click();
    const runs = panel("Recent runs");
    const search = runs.getByRole("searchbox");
    await search.fill("the DOOR");
    await search.press("Enter");
    await runs.getByRole("row").filter({ hasText: "running" }).waitFor({ state: "detached" });
    await runs.getByRole("button", { name: "cleanup.expire-orders" }).click();
    await runs.getByText("Error: no answer at the door").waitFor();
    await runs.getByText("cleanup.expire-orders failed: no answer").waitFor();
    await runs.getByRole("link", { name: "3", exact: true }).waitFor();
    await runs.getByRole("listitem").filter({ hasText: "running" }).waitFor();
    await page.reload();
    expect(await search.inputValue()).toBe("the DOOR");
    expect(await runs.getByLabel("Task").inputValue()).toBe("cleanup.expire-orders");
    await runs.getByRole("button", { name: "cleanup.expire-orders" }).waitFor();
  });

  it("sees how far a run is that is under way", async () => {
    const runs = panel("Recent runs");
    await runs.getByLabel("Status").selectOption("running");
    await runs.getByRole("row").filter({ hasText: "failed" }).waitFor({ state: "detached" });
    await runs.getByRole("button", { name: "cleanup.expire-orders" }).click();
    await runs.getByText("17", { exact: true }).waitFor();
    await scene.database.query(`UPDATE vigia.checkpoints SET value = '{"expired":18}' WHERE message_id = 'tick-1'`);
    await runs.getByText("18", { exact: true }).waitFor();
  });

  it("gives no command by opening a form and closing it", async () => {
    await page.getByRole("button", { name: "Run consistency.deep-check now" }).click();
    await page.getByRole("dialog").waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
    await expect(scene.commandOnBus("consistency.run")).resolves.toBeUndefined();
  });

  it("pauses a schedule until a time, and resumes one", async () => {
    await act("Pause chain-sync.sync", { Until: "2040-01-01T12:30", Why: "holiday" });
    const until = new Date("2040-01-01T12:30").toISOString();
    expect(await scene.commandOnBus("scheduler.pause")).toEqual({
      job: "chain-sync",
      task: "sync",
      until,
      reason: "holiday",
    });
    await panel("Jobs").getByText("new provider").waitFor();
    await act("Resume chain-sync.verify");
    expect(await scene.commandOnBus("scheduler.resume")).toEqual({ job: "chain-sync", task: "verify" });
  });

  it("resyncs, and sees how far it is and that it is done", async () => {
    await act("Resync blocks", { "First block": "5", "Last block": "14" });
    expect(await scene.commandOnBus("chain-sync.resync")).toEqual({ fromBlock: 5, toBlock: 14 });
    const { rows } = await scene.database.query<{ id: string }>(
      "SELECT command_id AS id FROM vigia.operator_actions ORDER BY position DESC LIMIT 1",
    );
    const commandId = rows[0]?.id ?? "";
    const address = { target: "chain-sync", command: "resync", commandId, at: new Date().toISOString() };
    const range = { chainId: 31337, contract: `0x${"0".repeat(40)}`, commandId, fromBlock: 5, toBlock: 14 };
    await scene.tell(commandChanged({ ...address, status: "accepted" }));
    await scene.tell(resyncProgressed({ ...range, doneBlock: 9, logs: 1 }));
    const [own, listed] = [panel("Chain").getByRole("status"), panel("Chain").getByRole("listitem")];
    await own.getByText("at block 9 of 14").waitFor();
    await own.getByText("under way").waitFor();
    await listed.filter({ hasText: "at block 9 of 14" }).filter({ hasText: "under way" }).waitFor();
    await scene.tell(commandChanged({ ...address, status: "completed", result: { logs: 1 } }));
    await own.getByText("done").waitFor();
    await listed.filter({ hasText: "at block 9 of 14" }).filter({ hasText: "done" }).waitFor();
    await panel("What was done").getByText("at block 9 of 14").waitFor();
  });

  it("sees from where the chain is read, and what was noticed there", async () => {
    const chain = panel("Chain");
    await chain.getByRole("listitem").filter({ hasText: "a.example.org" }).getByText("it left a log out").waitFor();
    await chain.getByRole("listitem").filter({ hasText: "b.example.org" }).getByText("well").waitFor();
    await chain.getByRole("row", { name: "forks rolled back" }).waitFor();
    await chain.getByText("A fork of 2 blocks was rolled back to block 88").waitFor();
  });

  it("is told what is wrong with a range, and can mend it", async () => {
    await page.getByRole("button", { name: "Resync blocks" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("First block").fill("9");
    await dialog.getByLabel("Last block").fill("8");
    await dialog.getByRole("button", { name: "Confirm" }).click();
    await dialog.getByRole("alert").getByText("must not be below fromBlock").waitFor();
    // The browser's console tells of the answer itself.
    expect(opened.complaints.splice(0)).toEqual([expect.stringContaining("400")]);
    await dialog.getByLabel("Last block").fill("10");
    await dialog.getByRole("button", { name: "Confirm" }).click();
    await dialog.waitFor({ state: "detached" });
    expect(await scene.commandOnBus("chain-sync.resync")).toEqual({ fromBlock: 9, toBlock: 10 });
  });

  it("acknowledges, snoozes and reopens an issue", async () => {
    const fingerprint = "SELF_TRADE:order:1";
    await issues("SELF_TRADE").first().click();
    await act("Acknowledge SELF_TRADE", { Why: "mine" });
    expect(await scene.commandOnBus("consistency.acknowledge")).toEqual({ fingerprint, reason: "mine" });
    await act("Snooze SELF_TRADE", { Until: "2040-01-01T12:30" });
    const until = new Date("2040-01-01T12:30").toISOString();
    expect(await scene.commandOnBus("consistency.snooze")).toEqual({ fingerprint, until });
    await page.getByLabel("Status of the issues").selectOption("acknowledged");
    await issues("SELF_TRADE").click();
    await act("Reopen SELF_TRADE");
    expect(await scene.commandOnBus("consistency.reopen")).toEqual({ fingerprint: "SELF_TRADE:order:2" });
  });

  it("reads why an issue matters, what to do, and what became of it", async () => {
    await page.getByLabel("Status of the issues").selectOption("acknowledged");
    await issues("SELF_TRADE").click();
    await panel("Issues").getByText("Review the account; nothing is to be done").waitFor();
    await panel("Issues").getByText("opened by its check").waitFor();
    await panel("Issues").getByText("acknowledged by olga").waitFor();
    await panel("Issues").getByText("the account is known").waitFor();
  });

  it("narrows the issues, finds them so again, sees more, and marks all that match", async () => {
    const search = panel("Issues").getByRole("searchbox", { name: "Text" });
    await search.fill("on HOLIDAY");
    await search.press("Enter");
    await panel("Issues").getByText("30 issues in all").waitFor();
    await page.reload();
    await panel("Issues").getByText("30 issues in all").waitFor();
    expect(await issues("DISPUTE_STALE").count()).toBe(25);
    await panel("Issues").getByRole("button", { name: "Show more" }).click();
    await issues("DISPUTE_STALE").nth(29).waitFor();
    await act("Snooze all 30", { Until: "2040-01-01T12:30" });
    const fingerprints = Array.from({ length: 30 }, (_, index) => `DISPUTE_STALE:dispute:${index + 1}`).sort();
    const until = new Date("2040-01-01T12:30").toISOString();
    expect(await scene.commandOnBus("consistency.snooze")).toEqual({ fingerprints, until });
    await panel("Issues").getByRole("button", { name: "Clear the filter" }).click();
    await panel("Issues").getByText("31 issues in all").waitFor();
  });

  it("finds what a user was told and could not be, and has it tried again", async () => {
    await page.getByText("1 notice could not be told").waitFor();
    const notices = panel("Notifications");
    await notices.getByText("4 failed tries in a row").waitFor();
    await notices.getByLabel("Delivery").selectOption("given-up");
    await notices.getByText("Paid 2").waitFor({ state: "detached" });
    await notices.getByText("no answer for days").waitFor();
    await act("Try again by webhook");
    const { rows } = await scene.database.query<{ id: string }>(
      "SELECT id FROM vigia.deliveries WHERE outcome = 'given-up'",
    );
    expect(await scene.commandOnBus("notifications.redeliver")).toEqual({ deliveryId: rows[0]?.id });
    await act("Try all 1 again by webhook");
    expect(await scene.commandOnBus("notifications.redeliver")).toEqual({ channel: "webhook" });
    await notices.getByRole("button", { name: "Clear the filter" }).click();
    const order = notices.getByRole("searchbox", { name: "Order's id" });
    await order.fill("00000000-0000-4000-8000-0000000000c3");
    await order.press("Enter");
    await notices.getByText("Paid 1").waitFor({ state: "detached" });
    await notices.getByText("Paid 3").waitFor();
  });

  it("reads a dead letter and puts back one, those that are ticked, and all of a consumer", async () => {
    const letters = panel("Dead letters");
    const left = async () => {
      const { rows } = await scene.database.query<{ sequence: number }>(
        "SELECT sequence FROM vigia.dead_letters WHERE resolved_at IS NULL ORDER BY sequence",
      );
      return rows.map(({ sequence }) => sequence);
    };
    await letters.getByRole("button", { name: "1 somebody" }).click();
    await letters.getByText('{"phase":"full"}').waitFor();
    await letters.getByText("the moon", { exact: true }).waitFor();
    const search = letters.getByRole("searchbox");
    await search.fill("MOON-1");
    await search.press("Enter");
    await letters.getByRole("button", { name: "2 somebody" }).waitFor({ state: "detached" });
    await page.reload();
    await letters.getByRole("button", { name: "Replay all 1 listed" }).waitFor();
    await letters.getByRole("button", { name: "Clear the filter" }).click();
    await letters.getByRole("button", { name: "2 somebody" }).waitFor();
    await letters.getByRole("button", { name: "1 somebody" }).click();
    await act("Replay dead letter 1");
    await eventually(async () => expect(await left()).toEqual([2, 3, 4, 5, 6]));
    await letters.getByRole("button", { name: "1 somebody" }).waitFor({ state: "detached" });

    await letters.getByLabel("Tick dead letter 2").check();
    await letters.getByLabel("Tick dead letter 4").check();
    await act("Replay 2 ticked");
    await eventually(async () => expect(await left()).toEqual([3, 5, 6]));

    await letters.getByLabel("Whose").selectOption("others");
    await act("Replay all 2 of others");
    await eventually(async () => expect(await left()).toEqual([3]));
    await panel("What was done").getByText("deadletters replay").first().waitFor();
  });

  runStories(() => ({ page, scene }));
  feedStories(() => ({ page, scene }));
});
