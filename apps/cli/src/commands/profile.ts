import type { Command } from "commander";
import { CliError, EXIT } from "../exit.ts";
import { renderProfileCheck } from "../output/profile-view.ts";
import { checkProfile, isSound, ProfileMistakes, readProfile } from "../questions/profile-check.ts";
import { examples, type Serve } from "./command.ts";
import { blockNumber, chainAddress, namedAddress } from "./values.ts";

interface CheckOptions {
  readonly rpc?: string;
  readonly address?: string;
  readonly contract?: Readonly<Record<string, string>>;
  readonly from: number;
  readonly to?: number;
}

/** Off a terminal and on, a line for each so many blocks. */
const NOTE_BLOCKS = 100_000;

export function addProfile(program: Command, serve: Serve): void {
  program
    .command("profile")
    .description("how a contract is followed")
    .command("check")
    .description("what a profile would do with a contract's real logs; nothing is written anywhere")
    .argument("<file>", "the profile: a path, or the name of a shipped one")
    .option("--rpc <url>", "an endpoint of the contract's chain; without, the profile alone is checked")
    .option("--address <address>", "with --rpc: where the contract is", chainAddress)
    .option("--contract <name=address>", "where a further contract of the profile is; may be repeated", namedAddress)
    .option("--from <block>", "first block; best the one of the contract's deployment", blockNumber, 0)
    .option("--to <block>", "last block; the default is the newest one", blockNumber)
    .addHelpText(
      "after",
      `${examples([
        ["vigia profile check mine.yaml", "is it fit for its ABI"],
        ["vigia profile check mine.yaml --rpc http://localhost:8545 --address 0x12…", "what it would do"],
      ])}\n\nExit codes: 1 where a log would not be understood, or the contract says otherwise; 78 where the profile is wrong.`,
    )
    .action(
      serve<CheckOptions>(async (session, options, [file = ""]) => {
        const { contract = {}, rpc, address, from, to } = options;
        const profile = await readProfile(file, contract).catch((error: unknown) => {
          if (!(error instanceof ProfileMistakes)) throw error;
          if (session.options.json) session.json({ mistakes: error.mistakes });
          else for (const mistake of error.mistakes) session.terminal.stderr.write(`vigia: ${file}: ${mistake}\n`);
        });
        if (!profile) return EXIT.configuration;
        if (rpc === undefined) {
          if (session.options.json) session.json({ profile: profile.name, mistakes: [] });
          else
            session.say(`${profile.name} fits its ABI. Name --rpc and --address to see what it does with real logs.`);
          return EXIT.ok;
        }
        if (address === undefined) throw new CliError(EXIT.usage, "--rpc needs --address: where the contract is");
        let noted = from;
        const onProgress = (done: number, last: number, logs: number) => {
          if (done - noted < NOTE_BLOCKS) return;
          noted = done;
          session.note(`block ${done} of ${last}, ${logs} logs`);
        };
        const check = { rpc, address, fromBlock: from, toBlock: to, onProgress };
        const checked = await checkProfile(profile, check, session.terminal.signal);
        if (session.options.json) session.json(checked);
        else session.say(renderProfileCheck(session.paint, checked));
        return isSound(checked) ? EXIT.ok : EXIT.failed;
      }),
    );
}
