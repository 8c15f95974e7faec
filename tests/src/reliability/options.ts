import { parseArgs } from "node:util";

/** What `npm test` plays. */
export const DEFAULT_SEED = 1;
const DEFAULT_MINUTES = 1.25;
const LONGEST_MINUTES = 24 * 60;

export interface Options {
  readonly seed: number;
  /** How long faults happen; starting and settling come on top. */
  readonly minutes: number;
  readonly json: boolean;
  readonly help: boolean;
}

export const USAGE = `npm run test:reliability [-- options]

Runs the services under load and faults, then judges from what they left behind whether each promise was kept.

  --seed N      chooses the faults; the same number chooses the same ones (${DEFAULT_SEED} unless told)
  --minutes M   how long faults happen (${DEFAULT_MINUTES} unless told)
  --json        print the report as one JSON document on standard output, everything else on standard error
  --help        this text

Exit code 0 where every promise was seen to be kept, else 1.
`;

/** Reads the command line. Throws where it holds something else than the options above. */
export function readOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      seed: { type: "string", default: String(DEFAULT_SEED) },
      minutes: { type: "string", default: String(DEFAULT_MINUTES) },
      json: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  const [seed, minutes] = [Number(values.seed), Number(values.minutes)];
  if (!Number.isSafeInteger(seed) || seed < 0) throw new Error("--seed must be a whole number, 0 or more");
  if (!(minutes > 0 && minutes <= LONGEST_MINUTES)) throw new Error(`--minutes must be up to ${LONGEST_MINUTES}`);
  return { ...values, seed, minutes };
}
