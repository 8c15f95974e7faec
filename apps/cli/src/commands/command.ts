import type { ExitCode } from "../exit.ts";
import type { Session } from "../session.ts";

/** Makes the action of a command from what it does; the number that it returns is the program's exit code. */
export type Serve = <Options>(
  work: (session: Session, options: Options, args: readonly string[]) => Promise<ExitCode>,
) => (...received: unknown[]) => Promise<void>;

/** Examples as each command's help shows them: what to type, and what it is for. */
export function examples(lines: readonly (readonly [command: string, meaning: string])[]): string {
  const width = Math.max(...lines.map(([command]) => command.length));
  return `\nExamples:\n${lines.map(([command, meaning]) => `  $ ${command.padEnd(width)}   # ${meaning}`).join("\n")}`;
}
