import type { Command } from "commander";
import { UserError } from "../../user-error.ts";
import type { CommandContext } from "../host-process.ts";

/** The shells that `qgfx complete` has a script for. */
const SHELLS = ["bash", "zsh", "fish", "powershell"];

const EXAMPLES = `
Examples:
  $ echo 'source <(qgfx complete bash)' >> ~/.bashrc
  $ echo 'autoload -U compinit; compinit; source <(qgfx complete zsh)' >> ~/.zshrc
  $ mkdir -p ~/.config/fish/completions
  $ qgfx complete fish > ~/.config/fish/completions/qgfx.fish
  PS> qgfx complete powershell | Out-String | Invoke-Expression`;

/** `qgfx complete SHELL`: the script that lets a shell complete qgfx; it asks back with `qgfx complete -- WORDS`. */
export function registerComplete(program: Command, context: CommandContext): void {
  program
    .command("complete")
    .description("print what makes the Tab key complete qgfx in bash, zsh, fish or PowerShell")
    .usage("<shell>")
    .argument("[shell...]", SHELLS.join(", "))
    .addHelpText("after", EXAMPLES)
    .action(async (words: string[]) => {
      const { args, stdout, cwd } = context.process;
      const { offerCompletions, printScript } = await import("../completion.ts");
      if (args[1] === "--") return offerCompletions(program, words, cwd);
      const [shell = ""] = words;
      if (!SHELLS.includes(shell)) throw unknownShell(shell);
      printScript(shell, (text) => void stdout.write(text));
    });
}

function unknownShell(shell: string): UserError {
  return new UserError("SHELL_UNKNOWN", `no completion for the shell '${shell}'`, {
    hint: `name one of ${SHELLS.join(", ")}`,
  });
}
