import { EXIT } from "./exit.ts";
import { run } from "./run.ts";

const interrupted = new AbortController();

/** The first signal ends what is waited for; with the handlers gone, a second one ends the program at once. */
function interrupt(): void {
  process.off("SIGINT", interrupt).off("SIGTERM", interrupt);
  interrupted.abort();
}

process.on("SIGINT", interrupt).on("SIGTERM", interrupt);
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
