import { runChanged } from "@vigia/messages";
import { eventually } from "@vigia/testkit";
import type { Page } from "playwright-core";
import type { Scene } from "./scene.ts";
import { visitorOf } from "./visitor.ts";

/** What an operator does about runs, as tests of a browser that is open already. */
export function runStories(on: () => { readonly page: Page; readonly scene: Scene }): void {
  const { act, panel } = visitorOf(() => on().page);

  it("cancels a run that is under way, and sees who did and why", async () => {
    const runs = panel("Recent runs");
    await runs.getByRole("button", { name: "consistency.check" }).click();
    await act("Cancel run of consistency.check", { Why: "the wrong day" });
    expect(await on().scene.commandOnBus("runs.cancel")).toEqual({ executionId: "run-3", reason: "the wrong day" });
    await runs.getByRole("status").getByText("sent").waitFor();
    // What the scheduler notes, and then the process that has the run.
    await on().scene.database.query(`
      INSERT INTO vigia.cancellations (message_id, execution_id, command_id, reason)
      SELECT 'tick-3', 'run-3', command_id, data->>'reason' FROM vigia.operator_actions ORDER BY position DESC LIMIT 1`);
    await on().scene.database.query(
      "UPDATE vigia.executions SET status = 'cancelled', ended_at = now() WHERE execution_id = 'run-3'",
    );
    const at = new Date().toISOString();
    const run = { job: "consistency", task: "check", executionId: "run-3", attempt: 1, instance: "i", at };
    await on().scene.tell(runChanged({ ...run, status: "cancelled", reason: "cancelled by command c: the wrong day" }));
    await runs.getByRole("row", { name: "consistency.check" }).first().getByText("cancelled").waitFor();
    await runs.getByText("by ana: the wrong day").waitFor();
    expect(await on().page.getByRole("button", { name: "Cancel run of consistency.check" }).count()).toBe(0);
    await panel("What was done").getByText("runs cancel").waitFor();
  });

  it("ticks runs, cancels what is under way among them, and retries all that failed for good", async () => {
    const runs = panel("Recent runs");
    const underWay = runs.getByRole("checkbox").nth(0);
    const failed = runs.getByRole("checkbox").nth(1);
    await underWay.check();
    await runs.getByRole("button", { name: "Retry" }).waitFor({ state: "detached" });
    await act("Cancel 1 ticked");
    expect(await on().scene.commandOnBus("runs.cancel")).toEqual({ executionId: "run-2" });
    await underWay.uncheck();
    await failed.check();
    await runs.getByRole("button", { name: "Retry 1 ticked" }).waitFor();
    await failed.uncheck();
    await act("Retry all 1 that failed for good");
    await eventually(async () => {
      const { rows } = await on().scene.database.query(
        "SELECT FROM vigia.dead_letters WHERE sequence = 3 AND resolved_at IS NULL",
      );
      expect(rows).toEqual([]);
    });
    await runs.getByRole("button", { name: "Retry all" }).waitFor({ state: "detached" });
  });

  it("has a task make up for past instants", async () => {
    await act("Make up for past runs of cleanup.expire-orders", { From: "2026-01-01T10:00", To: "2026-01-01T12:00" });
    const [from, to] = ["2026-01-01T10:00", "2026-01-01T12:00"].map((local) => new Date(local).toISOString());
    expect(await on().scene.commandOnBus("scheduler.backfill")).toEqual({
      job: "cleanup",
      task: "expire-orders",
      from,
      to,
    });
  });
}
