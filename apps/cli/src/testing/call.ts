import { tmpdir } from "node:os";
import { PassThrough } from "node:stream";
import { run } from "../run.ts";
import type { Output, Terminal } from "../terminal.ts";

/** One call of the program, which may still be under way. */
export interface Call {
  /** What it has written so far. */
  readonly stdout: () => string;
  readonly stderr: () => string;
  readonly exitCode: Promise<number>;
  interrupt(): void;
}

export interface World {
  readonly environment?: Record<string, string | undefined>;
  readonly directory?: string;
  readonly isTTY?: boolean;
  readonly now?: Date;
}

/** Calls the program as a shell would, in a directory without settings unless told. */
export function call(args: readonly string[], { environment = {}, directory, isTTY = false, now }: World = {}): Call {
  const stdout = collect(isTTY);
  const stderr = collect(isTTY);
  const interrupted = new AbortController();
  const terminal: Terminal = {
    stdout: stdout.output,
    stderr: stderr.output,
    environment,
    directory: directory ?? tmpdir(),
    signal: interrupted.signal,
    now: () => now ?? new Date(),
  };
  return {
    stdout: stdout.text,
    stderr: stderr.text,
    exitCode: run(args, terminal),
    interrupt: () => interrupted.abort(),
  };
}

function collect(isTTY: boolean): { readonly output: Output; readonly text: () => string } {
  let text = "";
  const stream = new PassThrough().on("data", (chunk: Buffer) => {
    text += chunk.toString();
  });
  return { output: Object.assign(stream, { isTTY, columns: 100 }), text: () => text };
}
