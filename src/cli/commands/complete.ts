import { readdirSync } from "node:fs";
import { join, resolve } from "node:path";
import type { RootCommand } from "@bomb.sh/tab";
import type { Argument, Command, Option } from "commander";
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
      const { RootCommand } = await import("@bomb.sh/tab");
      if (args[1] === "--") return offerCompletions(new RootCommand(), program, words, cwd);
      const [shell = ""] = words;
      if (!SHELLS.includes(shell)) throw unknownShell(shell);
      if (shell === "bash") stdout.write(BASH_SCRIPT);
      else new RootCommand().setup("qgfx", "qgfx", shell);
    });
}

function unknownShell(shell: string): UserError {
  return new UserError("SHELL_UNKNOWN", `no completion for the shell '${shell}'`, {
    hint: `name one of ${SHELLS.join(", ")}`,
  });
}

type Offer = (complete: (value: string, description: string) => void) => void;

const MANIFEST = /\.(csv|tsv|txt|xlsx|ya?ml)$/i;
const PLAN = /\.(plan|json)$/i;
const ANY = /./;

// Shells put what they are offered on the line as it is: a file's name must not hold a command, or need quotes.
const SAFE = /^[\p{L}\p{N}._/+@,-]+$/u;
const MOST_FILES = 200;

/** Answers the shell's question what may follow `words`, on stdout, as the scripts ask it. */
function offerCompletions(
  root: RootCommand,
  program: Command,
  words: readonly string[],
  cwd: string,
): void {
  const typed = words.at(-1) ?? "";
  for (const command of program.createHelp().visibleCommands(program)) {
    const offered = root.command(command.name(), command.description());
    for (const argument of command.registeredArguments) {
      offered.argument(argument.name(), offerArgument(argument, typed, cwd), argument.variadic);
    }
    for (const option of command.createHelp().visibleOptions(command)) {
      const name = option.long?.replace(/^--/, "");
      if (name === undefined) continue;
      const short = option.short?.slice(1);
      if (option.required || option.optional) {
        offered.option(name, option.description, offerValue(option, typed, cwd), short);
      } else {
        offered.option(name, option.description, short ?? "");
      }
    }
  }
  root.parse([...words]);
}

/**
 * The library's script for bash runs the line that is being typed: its redirections overwrite files, its `$(…)` are
 * carried out. This one hands over words. `_get_comp_words_by_ref` is of the package bash-completion, which not
 * everyone has; it keeps `--unknown=retry` one word.
 */
const BASH_SCRIPT = `_qgfx() {
    local words=("\${COMP_WORDS[@]}") cword=$COMP_CWORD line value
    local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD-1]}
    if declare -F _get_comp_words_by_ref >/dev/null; then
        _get_comp_words_by_ref -n "=:" cur prev words cword
    fi
    COMPREPLY=()
    case $prev in *'<' | *'>') compopt -o default; return ;; esac
    while IFS= read -r line; do
        value=\${line%%$'\\t'*}
        if [[ $value != :* && $value == "$cur"* ]]; then COMPREPLY+=("$value"); fi
    done < <(qgfx complete -- "\${words[@]:1:cword}" 2>/dev/null)
}
complete -F _qgfx qgfx
`;

/** What may stand there, by what the help calls it. */
function offerArgument(argument: Argument, typed: string, cwd: string): Offer {
  switch (argument.name()) {
    case "manifest":
      return offerFiles(MANIFEST, typed, cwd);
    case "plan":
      return offerFiles(PLAN, typed, cwd);
    case "file":
      return offerFiles(ANY, typed, cwd);
    case "folder":
      return offerFolders(typed, cwd);
    case "shell":
      // What it may be is all that its description says.
      return offerChoices(argument.description.split(", "));
    default:
      return () => {};
  }
}

function offerValue(option: Option, typed: string, cwd: string): Offer {
  if (option.argChoices) return offerChoices(option.argChoices);
  if (/<manifest>/.test(option.flags)) return offerFiles(MANIFEST, typed, cwd);
  return /<(file|dir)>/.test(option.flags) ? offerFiles(ANY, typed, cwd) : () => {};
}

function offerChoices(choices: readonly string[]): Offer {
  return (complete) => {
    for (const choice of choices) complete(choice, "");
  };
}

function offerFolders(typed: string, cwd: string): Offer {
  return (complete) => {
    for (const { name, isFolder } of list(cwd, folderOf(typed))) {
      if (isFolder && SAFE.test(name)) complete(name, "");
    }
  };
}

function folderOf(typed: string): string {
  return typed.replace(/[^/]*$/, "");
}

/** Files of the folder that is typed already and those one folder below, so that a folder's name is no dead end. */
function offerFiles(wanted: RegExp, typed: string, cwd: string): Offer {
  return (complete) => {
    const files = list(cwd, folderOf(typed)).flatMap(({ name, isFolder }) => {
      const inside = isFolder ? list(cwd, `${name}/`).filter((one) => !one.isFolder) : [];
      return isFolder ? inside.map((one) => one.name) : [name];
    });
    const offered = files.filter((name) => wanted.test(name) && SAFE.test(name));
    for (const name of offered.slice(0, MOST_FILES)) complete(name, "");
  };
}

function list(cwd: string, folder: string): { name: string; isFolder: boolean }[] {
  try {
    return readdirSync(resolve(cwd, folder), { withFileTypes: true })
      .filter((entry) => !entry.name.startsWith(".") && entry.name !== "node_modules")
      .map((entry) => ({ name: join(folder, entry.name), isFolder: entry.isDirectory() }));
  } catch {
    // A folder that cannot be read has nothing to offer.
    return [];
  }
}
