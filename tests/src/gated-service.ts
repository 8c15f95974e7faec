import { defineTask, runService } from "@vigia/runtime";

/**
 * A cleanup service for tests, as a process of its own. Each run says that it began, waits in Postgres for an advisory
 * lock that the test holds, and then says that it ended, or returns at once; or it waits in the middle of its only step.
 * Where the process was paused meanwhile the answer of Postgres lies ready when it wakes up, and is read before any timer
 * can say that the lock was lost.
 */
const { PROCESS_NAME, GATE, ENDS_WITH } = process.env;

runService("cleanup", {
  tasks: [
    defineTask("cleanup.expire-orders", async ({ database, step }) => {
      const say = (what: string, meanwhile?: () => Promise<unknown>) =>
        step(async (tx) => {
          await tx.query("INSERT INTO effects (note) VALUES ($1)", [`${PROCESS_NAME} ${what}`]);
          await meanwhile?.();
        });
      const wait = () => database.query("SELECT pg_advisory_xact_lock_shared($1::bigint)", [GATE]);
      if (ENDS_WITH === "the step that it is in") return say("began", wait).then(() => undefined);
      await say("began");
      await wait();
      if (ENDS_WITH === "a step") await say("ended");
      return undefined;
    }),
  ],
});
