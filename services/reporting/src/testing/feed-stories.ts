import { runChanged } from "@vigia/messages";
import type { Page } from "playwright-core";
import { seriousFaults } from "./browser.ts";
import type { Scene } from "./scene.ts";
import { visitorOf } from "./visitor.ts";

/** How somebody follows what happens, as tests of a browser that is open already. */
export function feedStories(on: () => { readonly page: Page; readonly scene: Scene }): void {
  const { panel } = visitorOf(() => on().page);

  it("has all that is shown stand still, is told what waits, and goes on", async () => {
    await on().page.getByRole("button", { name: "Pause updates" }).click();
    const run = { job: "chain-sync", task: "verify", executionId: "x", attempt: 1, instance: "i" };
    await on().scene.database.query(
      `INSERT INTO vigia.executions (execution_id, job, service, status, started_at, ended_at, attempt, instance)
       VALUES ('x', 'chain-sync.verify', 'chain-sync', 'failed', now(), now(), 1, 'i')`,
    );
    await on().scene.tell(runChanged({ ...run, status: "failed", error: "late news", at: new Date().toISOString() }));
    await on()
      .page.getByText(/Paused: \d+ new events? waits?/)
      .waitFor();
    expect(await panel("What happens").getByText("late news").count()).toBe(0);
    expect(await panel("Recent runs").getByRole("button", { name: "chain-sync.verify" }).count()).toBe(0);
    expect(await seriousFaults(on().page)).toEqual([]);
    await on().page.getByRole("button", { name: "Go on" }).click();
    await panel("What happens").getByText("late news").waitFor();
    await panel("Recent runs").getByRole("button", { name: "chain-sync.verify" }).waitFor();
  });

  it("narrows what happened to what went wrong and to a text, and finds it so again", async () => {
    const feed = panel("What happens");
    await feed.getByText("is done").first().waitFor();
    await feed.getByLabel("Which").selectOption("what went wrong");
    await feed.getByText("A fork of 2 blocks was rolled back").waitFor();
    await feed.getByText("is done").first().waitFor({ state: "detached" });
    const search = feed.getByRole("searchbox");
    await search.fill("no ANSWER");
    await search.press("Enter");
    await feed.getByText("A fork of 2 blocks was rolled back").waitFor({ state: "detached" });
    await feed.getByText("cleanup.expire-orders failed: no answer").waitFor();
    await on().page.reload();
    await feed.getByText("cleanup.expire-orders failed: no answer").waitFor();
    expect(await feed.getByRole("listitem").count()).toBe(1);
  });
}
