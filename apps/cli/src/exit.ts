/** What the program's exit code says, after sysexits.h where it has a word for it. */
export const EXIT = {
  ok: 0,
  /** What was asked for failed or was refused. */
  failed: 1,
  usage: 2,
  /** A server or service is away: the same call may succeed later. */
  away: 75,
  configuration: 78,
  /** Ended by Ctrl-C before the answer was there. */
  interrupted: 130,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** An end that the user is told in one sentence. */
export class CliError extends Error {
  override readonly name = "CliError";
  readonly exitCode: ExitCode;

  constructor(exitCode: ExitCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.exitCode = exitCode;
  }
}
