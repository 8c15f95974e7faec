/** Says what happened: the facts first, then a fixed sentence. A pino logger's `info` fits. */
export type Log = (fields: Readonly<Record<string, unknown>>, message: string) => void;

/** One JSON object a line, on standard output. */
export const logToStdout: Log = (fields, message) => {
  process.stdout.write(
    `${JSON.stringify({ time: new Date().toISOString(), service: "demo", ...fields, msg: message })}\n`,
  );
};
