import pino, { type Logger } from "pino";

export type { Logger } from "pino";

/** JSON lines on standard output. Anything that may hold a secret is cut out, wherever it turns up. */
export function createLogger(service: string, level: string): Logger {
  return pino({
    name: service,
    level,
    formatters: { level: (label) => ({ level: label }) },
    timestamp: pino.stdTimeFunctions.isoTime,
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
  });
}
