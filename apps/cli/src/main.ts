import { EXIT } from "./exit.ts";
import { run } from "./run.ts";

const interrupted = new AbortController();

/** The first Ctrl-C ends what is waited for; a second one ends the program at once. */
process.once("SIGINT", () => interrupted.abort());
process.once("SIGTERM", () => interrupted.abort());
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  // Whoever read has seen enough, as in `vigia issues | head`.
  process.exit(error.code === "EPIPE" ? EXIT.ok : EXIT.failed);
});

void run(process.argv.slice(2), {
  stdout: process.stdout,
  stderr: process.stderr,
  environment: process.env,
  directory: process.cwd(),
  signal: interrupted.signal,
  now: () => new Date(),
}).then((exitCode) => {
  process.exitCode = exitCode;
});
