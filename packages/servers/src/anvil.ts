import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { CONTAINER_DIR, containerCommand } from "./engine.ts";
import { launch, type ServerHandle } from "./launch.ts";
import { probeChain } from "./probe.ts";
import { locateServer } from "./source.ts";

const DEFAULT_CHAIN_ID = 31337;
const DEFAULT_STATE_INTERVAL_SECONDS = 15;

export interface AnvilOptions {
  /** Holds the chain's state, the log and the pid file. */
  readonly dir: string;
  readonly chainId?: number;
  /** Seconds between empty blocks. With or without them, each transaction makes a block at once. */
  readonly blockTimeSeconds?: number;
  /**
   * Whether the chain survives a restart; true unless told. A power cut loses what came after the last interval. After
   * a restart it knows all blocks and logs, and the contracts' state from the restart on: nobody can ask for it earlier.
   */
  readonly persistent?: boolean;
  readonly stateIntervalSeconds?: number;
  /** The finality mark: `finalized` is two epochs behind the head, `safe` one. */
  readonly slotsInAnEpoch?: number;
  readonly mnemonic?: string;
  /** Further arguments for anvil. */
  readonly args?: readonly string[];
}

/** Starts a local chain with anvil's funded dev accounts (the usual test mnemonic unless told). */
export async function startAnvil(options: AnvilOptions): Promise<ServerHandle> {
  const source = await locateServer("anvil");
  const { dir } = options;
  mkdirSync(join(dir, "data"), { recursive: true });
  return launch({
    name: "anvil",
    dir,
    command: (port) =>
      source.kind === "programs"
        ? {
            file: join(source.folder, "anvil"),
            args: ["--host", "127.0.0.1", "--port", String(port), ...settingsOf(options, join(dir, "data"))],
          }
        : containerCommand(
            {
              server: "anvil",
              image: "ghcr.io/foundry-rs/foundry:latest",
              innerPort: 8545,
              dir,
              entrypoint: "anvil",
              args: ["--host", "0.0.0.0", "--port", "8545", ...settingsOf(options, `${CONTAINER_DIR}/data`)],
            },
            port,
          ),
    probe: probeChain,
    url: (port) => `http://127.0.0.1:${port}`,
    stopSignal: "SIGINT",
  });
}

function settingsOf(options: AnvilOptions, data: string): string[] {
  const settings = ["--chain-id", String(options.chainId ?? DEFAULT_CHAIN_ID), "--cache-path", `${data}/cache`];
  if (options.blockTimeSeconds !== undefined)
    settings.push("--block-time", String(options.blockTimeSeconds), "--mixed-mining");
  if (options.slotsInAnEpoch !== undefined) settings.push("--slots-in-an-epoch", String(options.slotsInAnEpoch));
  if (options.mnemonic !== undefined) settings.push("--mnemonic", options.mnemonic);
  if (options.persistent ?? true) {
    const interval = options.stateIntervalSeconds ?? DEFAULT_STATE_INTERVAL_SECONDS;
    // Not --preserve-historical-states: 5,000 blocks make 1.8 GB with it, and 9 MB without.
    settings.push("--state", `${data}/state.json`, "--state-interval", String(interval));
  }
  return [...settings, ...(options.args ?? [])];
}
