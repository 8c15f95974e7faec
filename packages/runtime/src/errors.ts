import { types } from "node:util";

/** Trying again cannot help: the message ends as a dead letter at once. Everything else is tried again. */
export class PermanentError extends Error {
  override readonly name: string = "PermanentError";
}

/** A command that cannot be carried out; the reason is for the person who sent it. */
export class CommandRejectedError extends PermanentError {
  override readonly name = "CommandRejectedError";
}

/** A setting is missing or wrong. The process ends with exit code 78 (EX_CONFIG of sysexits.h). */
export class ConfigurationError extends Error {
  override readonly name = "ConfigurationError";
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(`wrong configuration:\n${problems.map((problem) => `  - ${problem}`).join("\n")}`);
    this.problems = problems;
  }
}

/** The service stops: what was begun is handed back, not failed. */
export class ServiceStoppingError extends Error {
  override readonly name = "ServiceStoppingError";
}

/** Somebody wanted the run ended: it is not taken up again. */
export class RunCancelledError extends Error {
  override readonly name = "RunCancelledError";
}

/** A run took longer than its task's time limit. */
export class TimeLimitError extends Error {
  override readonly name = "TimeLimitError";
}

/** Anything may be thrown; from another realm too, where `instanceof` does not know an error. */
export function asError(thrown: unknown): Error {
  return thrown instanceof Error || types.isNativeError(thrown) ? thrown : new Error(String(thrown));
}
