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
      if (!SHELLS.includes(shell)) throw unknownShell(words[0]);
      if (shell === "bash") stdout.write(BASH_SCRIPT);
      else new RootCommand().setup("qgfx", "qgfx", shell);
    });
}

function unknownShell(shell: string | undefined): UserError {
  const message =
    shell === undefined ? "no shell is named" : `no completion for the shell '${shell}'`;
  return new UserError("SHELL_UNKNOWN", message, {
    hint: `name one of ${SHELLS.join(", ")}`,
  });
}

type Offer = (complete: (value: string, description: string) => void) => void;

/** What may stand somewhere. */
type Values = () => readonly string[];

/** Each with what it is: zsh shows a stray `--` after values without a description. */
function offer(values: Values, what: string): Offer {
  return (complete) => {
    for (const value of values()) complete(value, what);
  };
}

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
  const commands = program.createHelp().visibleCommands(program);
  addOptions(root, program, typed, cwd);
  for (const command of commands) {
    const offered = root.command(command.name(), command.description());
    for (const argument of command.registeredArguments) {
      const values = valuesOf(argument, typed, cwd, commands);
      offered.argument(argument.name(), offer(values, argument.name()), argument.variadic);
    }
    addOptions(offered, command, typed, cwd);
  }
  // The library offers nothing but letters after one hyphen.
  root.parse(typed === "-" ? [...words.slice(0, -1), "--"] : [...words]);
}

function addOptions(
  offered: Pick<RootCommand, "option">,
  command: Command,
  typed: string,
  cwd: string,
): void {
  for (const option of command.createHelp().visibleOptions(command)) {
    const name = option.long?.replace(/^--/, "");
    if (name === undefined) continue;
    const short = option.short?.slice(1);
    const what = option.description;
    if (option.required || option.optional) {
      offered.option(name, what, offer(optionValues(option, typed, cwd), what), short);
    } else {
      offered.option(name, what, short ?? "");
    }
  }
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
function valuesOf(
  argument: Argument,
  typed: string,
  cwd: string,
  commands: readonly Command[],
): Values {
  switch (argument.name()) {
    case "manifest":
      return files(MANIFEST, typed, cwd);
    case "plan":
      return files(PLAN, typed, cwd);
    case "file":
      return files(ANY, typed, cwd);
    case "folder":
      return folders(typed, cwd);
    case "command":
      return () => commands.map((command) => command.name());
    case "shell":
      return () => SHELLS;
    default:
      return () => [];
  }
}

function optionValues(option: Option, typed: string, cwd: string): Values {
  const { argChoices, flags } = option;
  if (argChoices) return () => argChoices;
  if (/<manifest>/.test(flags)) return files(MANIFEST, typed, cwd);
  return /<(file|dir)>/.test(flags) ? files(ANY, typed, cwd) : () => [];
}

function folders(typed: string, cwd: string): Values {
  return () => {
    const found = list(cwd, folderOf(typed)).filter(({ isFolder }) => isFolder);
    return found.map(({ name }) => name).filter((name) => SAFE.test(name));
  };
}

/** What is typed of a path; after `--out=` the rest. */
function folderOf(typed: string): string {
  return typed.replace(/^--[\w-]+=/, "").replace(/[^/]*$/, "");
}

/** Files of the folder that is typed already and those one folder below, so that a folder's name is no dead end. */
function files(wanted: RegExp, typed: string, cwd: string): Values {
  return () => {
    const found = list(cwd, folderOf(typed)).flatMap(({ name, isFolder }) => {
      const inside = isFolder ? list(cwd, `${name}/`).filter((one) => !one.isFolder) : [];
      return isFolder ? inside.map((one) => one.name) : [name];
    });
    return found.filter((name) => wanted.test(name) && SAFE.test(name)).slice(0, MOST_FILES);
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
