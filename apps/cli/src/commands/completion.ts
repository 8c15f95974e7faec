import { Argument, type Command } from "commander";
import { candidates } from "../completion/candidates.ts";
import { EXIT } from "../exit.ts";
import { examples, type Serve } from "./command.ts";

/** Asks the program itself, so that a shell's script is never out of date. */
const WORDS = "completion-words";

const SCRIPTS = {
  bash: `_vigia() {
  local IFS=$'\\n'
  COMPREPLY=($("\${COMP_WORDS[0]}" ${WORDS} -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null))
}
complete -o default -F _vigia vigia`,
  zsh: `_vigia() {
  local -a found
  found=("\${(@f)$("\${words[1]}" ${WORDS} -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  compadd -a found
}
compdef _vigia vigia`,
  fish: `complete --command vigia --no-files --arguments '(vigia ${WORDS} -- (commandline -opc)[2..] (commandline -ct) 2>/dev/null)'`,
} as const;

export function addCompletion(program: Command, serve: Serve): void {
  program
    .command("completion")
    .description("a script by which a shell completes commands, options and names")
    .addArgument(new Argument("<shell>", "whose").choices(Object.keys(SCRIPTS)))
    .addHelpText(
      "after",
      examples([
        ['eval "$(vigia completion bash)"', "in ~/.bashrc; zsh likewise in ~/.zshrc, after compinit"],
        ["vigia completion fish | source", "in ~/.config/fish/config.fish"],
      ]),
    )
    .action(
      serve(async (session, _, [shell = ""]) => {
        session.say(SCRIPTS[shell as keyof typeof SCRIPTS]);
        return EXIT.ok;
      }),
    );
  program
    .command(WORDS, { hidden: true })
    .argument("[words...]")
    .action(
      serve(async (session, _, words) => {
        for (const word of candidates(program, words)) session.say(word);
        return EXIT.ok;
      }),
    );
}
