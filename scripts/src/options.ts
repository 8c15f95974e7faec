import { parseArgs } from "node:util";

export interface StartOptions {
  /** Runs the demo's script to its end in a directory of its own, and judges what was seen. */
  readonly check: boolean;
  /** With `check`: one JSON document on standard output, everything else on standard error. */
  readonly json: boolean;
  /** Forgets the data of earlier runs first. */
  readonly fresh: boolean;
  readonly help: boolean;
}

export const USAGE = `npm start [-- options]

Runs the whole of Vigia on this machine, with a demo marketplace on a demo chain.

  --fresh   forget the data of earlier runs (they are kept in .vigia)
  --check   run the demo's script to its end in a directory of its own, print what was seen, and exit:
            0 if all that was expected was seen, else 1
  --json    with --check: print it as one JSON document on standard output (npm --silent start -- --check --json)
  --help    this text
`;

/** Reads the command line. Throws where it holds something else than the options above. */
export function readOptions(args: readonly string[]): StartOptions {
  const flag = { type: "boolean", default: false } as const;
  const { values } = parseArgs({ args: [...args], options: { check: flag, json: flag, fresh: flag, help: flag } });
  if (values.json && !values.check) throw new Error("--json goes with --check");
  return values;
}
