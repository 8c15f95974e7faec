import type { Command } from "commander";
import { checkCommand } from "../command/send.ts";
import { carryOut, type WaitOptions } from "./carry-out.ts";
import { examples, type Serve } from "./command.ts";
import { blockNumber, chainAddress, positiveNumber } from "./values.ts";

interface ResyncOptions extends WaitOptions {
  readonly from: number;
  readonly to?: number;
  readonly chain?: number;
  readonly contract?: string;
  readonly reason?: string;
}

export function addResync(program: Command, serve: Serve): void {
  program
    .command("resync")
    .description("read a range of blocks again and rebuild what follows from it")
    .requiredOption("--from <block>", "first block", blockNumber)
    .option("--to <block>", "last block; the default is the newest one", blockNumber)
    .option("--chain <id>", "the chain's number, where several are followed", blockNumber)
    .option("--contract <address>", "one of the followed contracts; the default is each of them", chainAddress)
    .option("--reason <text>", "why, for the record")
    .option("--wait", "stay until it has ended, with a progress bar; exit 1 where it is rejected or fails")
    .option("--timeout <seconds>", "with --wait: stop waiting after this", positiveNumber)
    .addHelpText(
      "after",
      examples([
        ["vigia resync --from 100 --to 200 --wait", "these blocks, watched to the end"],
        ['vigia resync --from 0 --reason "new ABI"', "everything; returns at once"],
      ]),
    )
    .action(
      serve<ResyncOptions>((session, { from, to, chain, contract, reason, ...waiting }) => {
        const data = {
          fromBlock: from,
          ...(to === undefined ? {} : { toBlock: to }),
          ...(chain === undefined ? {} : { chainId: chain }),
          ...(contract === undefined ? {} : { contract }),
          ...(reason === undefined ? {} : { reason }),
        };
        return carryOut(session, checkCommand("chain-sync", "resync", data), waiting);
      }),
    );
}
