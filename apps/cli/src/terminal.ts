import { styleText } from "node:util";

export type Output = NodeJS.WritableStream & { readonly isTTY?: boolean };

/** The world around one call of the program. */
export interface Terminal {
  readonly stdout: Output;
  readonly stderr: Output;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Where the search for `.vigia/environment` begins. */
  readonly directory: string;
  /** Aborts on Ctrl-C. */
  readonly signal: AbortSignal;
  readonly now: () => Date;
}

export type Style = "red" | "yellow" | "green" | "cyan" | "dim" | "bold";
export type Paint = (style: Style, text: string) => string;

/** Colour on a terminal alone, and not where the user does not want it (https://no-color.org). */
export function painterFor({ stdout, environment }: Terminal): Paint {
  const coloured = stdout.isTTY === true && !environment.NO_COLOR && environment.TERM !== "dumb";
  // Decided here, for the streams that were given: not by what the process itself writes to.
  return (style, text) => (coloured ? styleText(style, text, { validateStream: false }) : text);
}
