import type { Command } from "commander";
import { examine } from "../doctor/examine.ts";
import { EXIT } from "../exit.ts";
import { findingsOf, isWell, renderExamination } from "../output/doctor-view.ts";
import { examples, type Serve } from "./command.ts";

export function addDoctor(program: Command, serve: Serve): void {
  program
    .command("doctor")
    .description("what is wrong with this installation, why it matters, and the command that mends it; changes nothing")
    .addHelpText(
      "after",
      `${examples([
        ["vigia doctor", "first of all, whatever seems wrong"],
        ["vigia doctor --json | jq .findings", "for a program"],
      ])}

It looks at Postgres (schema, rights, clock), NATS (streams, consumers, room), services, schedules, failures, issues and
dead letters; at Redis where REDIS_URL is set here, and at the chain's endpoints where CHAIN_ID and CHAIN_RPC_URL are.

Exit codes: 0 where nothing is worse than a note, 1 where something is wrong, 75 where a server is away.`,
    )
    .action(
      serve(async (session) => {
        const parts = await examine(session);
        const findings = findingsOf(parts);
        const well = isWell(findings);
        if (session.options.json)
          session.json({ well, parts: parts.map(({ findings: _, ...part }) => part), findings });
        else session.say(renderExamination(session.paint, parts));
        if (parts.some(({ state }) => state === "away")) return EXIT.away;
        return well ? EXIT.ok : EXIT.failed;
      }),
    );
}
