import type { Command } from "commander";
import { EXIT } from "../exit.ts";
import { renderJobs, scheduleInWords } from "../output/job-view.ts";
import { findJobs } from "../questions/jobs.ts";
import { withDatabase } from "../servers.ts";
import { examples, type Serve } from "./command.ts";

export function addJobs(program: Command, serve: Serve): void {
  program
    .command("jobs")
    .description("what runs by itself and when: schedules, what is due next, and how the last run went")
    .addHelpText(
      "after",
      examples([
        ["vigia jobs", "also what is paused, and until when"],
        ["vigia jobs --json | jq '.[] | {task, nextDue}'", "for a program"],
      ]),
    )
    .action(
      serve((session) =>
        withDatabase(session, async (database) => {
          const jobs = await database.snapshot(findJobs);
          if (session.options.json) session.json(jobs.map((job) => ({ ...job, inWords: scheduleInWords(job) })));
          else session.say(renderJobs(session.paint, jobs, session.terminal.now()));
          return EXIT.ok;
        }),
      ),
    );
}
