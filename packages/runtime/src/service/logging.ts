import pino, { type DestinationStream, type Logger } from "pino";
import { maskLogins, type Redact } from "../redact.ts";
import { traceFields } from "../trace/span.ts";

export type { Logger } from "pino";

/**
 * JSON lines on standard output, unless told where. Every line goes through `redact` as a whole. Each is written before
 * the call returns: where its reader is gone, pino tries for ever to write what waits when the process exits.
 */
export function createLogger(
  service: string,
  level: string,
  redact: Redact = maskLogins,
  destination: DestinationStream = pino.destination({ dest: 1, sync: true }),
): Logger {
  const options = {
    name: service,
    level,
    formatters: { level: (label: string) => ({ level: label }) },
    mixin: traceFields,
    timestamp: pino.stdTimeFunctions.isoTime,
    serializers: { err: describeError },
    hooks: { streamWrite: redact },
    redact: {
      paths: [
        "password",
        "secret",
        "token",
        "authorization",
        "url",
        "*.password",
        "*.secret",
        "*.authorization",
        "*.url",
      ],
      censor: "[redacted]",
    },
  };
  return pino(options, destination);
}

/** Without what a command of Redis or a statement of Postgres was given: passwords, and other people's data. */
function describeError(error: Error): unknown {
  const described = pino.stdSerializers.err(error) as unknown as Record<string, unknown>;
  const { command, parameters: _, driverError: __, ...rest } = { ...described };
  const name = typeof command === "object" && command !== null && "name" in command ? command.name : undefined;
  return name === undefined ? rest : { ...rest, command: { name } };
}
