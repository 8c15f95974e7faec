import type { Argument, Command, Option } from "commander";

/** What an argument may be, where the command itself says better what is wrong than a list of choices would. */
const SUGGESTED = new WeakMap<Argument, readonly string[]>();

export function suggest(argument: Argument, values: readonly string[]): Argument {
  SUGGESTED.set(argument, values);
  return argument;
}

/** A group of commands whose own name alone means the list, as in `vigia runs`. */
const DEFAULT_COMMAND = "list";

/**
 * What may come next, from the tree of commands itself: commands, options and the values that are known. `words` are those
 * behind the program's name; the last is the one that is being typed, and may be empty.
 */
export function candidates(program: Command, words: readonly string[]): string[] {
  const typed = words.at(-1) ?? "";
  let command = program;
  let waiting: Option | undefined;
  let given = 0;
  for (const word of words.slice(0, -1)) {
    const option = word.startsWith("-")
      ? optionsOf(command).find(({ long, short }) => [long, short].includes(word))
      : undefined;
    const below = command.commands.find((each) => each.name() === word);
    if (option) waiting = option.required || option.optional ? option : undefined;
    else if (waiting) waiting = waiting.variadic ? waiting : undefined;
    else if (below && given === 0) command = below;
    else given += 1;
  }
  const next = waiting?.argChoices ?? (waiting ? [] : nextWords(command, typed, given));
  return next.filter((word) => word.startsWith(typed));
}

function nextWords(command: Command, typed: string, given: number): readonly string[] {
  if (typed.startsWith("-")) return [...optionsOf(command).flatMap(({ long }) => long ?? []), "--help"];
  const argument = command.registeredArguments[given] ?? command.registeredArguments.find(({ variadic }) => variadic);
  const values = argument ? (argument.argChoices ?? SUGGESTED.get(argument) ?? []) : [];
  const below =
    given === 0
      ? command
          .createHelp()
          .visibleCommands(command)
          .map((each) => each.name())
      : [];
  return [...below.filter((name) => name !== "help"), ...values];
}

/** Its own, those of all above it, and those of the command that it is by default. */
function optionsOf(command: Command): Option[] {
  const own = command.commands.find((each) => each.name() === DEFAULT_COMMAND);
  const chain: Command[] = [];
  for (let each: Command | null = command; each; each = each.parent) chain.push(each);
  return [...(own ? own.options : []), ...chain.flatMap(({ options }) => options)];
}
