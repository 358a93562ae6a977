import type { Writable } from "node:stream";
import { Command, CommanderError } from "commander";
import { errorCode } from "../files/read-file.ts";
import { VERSION } from "../jobs/version.ts";
import { QuestionInterrupted } from "../jobs/watcher.ts";
import { TOKEN_HINT } from "../qualtrics/host.ts";
import {
  formatUserError,
  withCommands,
  wrapFor,
  writeCommandsAs,
} from "../render/terminal-text.ts";
import type { Failure } from "../report/manifest-documents.ts";
import { EXIT } from "../report/summary.ts";
import { UserError } from "../user-error.ts";
import {
  registerDoctor,
  registerLibraries,
  registerSetup,
  registerWhoami,
} from "./commands/account.ts";
import { registerApply } from "./commands/apply.ts";
import { registerComplete } from "./commands/complete.ts";
import { registerPrune, registerUndo } from "./commands/delete.ts";
import { registerInit } from "./commands/init.ts";
import { registerOpen } from "./commands/open.ts";
import { registerPlan, registerShow } from "./commands/plan.ts";
import {
  registerAdopt,
  registerExplain,
  registerHistory,
  registerMerge,
  registerResolve,
  registerVerify,
} from "./commands/record.ts";
import { registerResults } from "./commands/results.ts";
import { registerSandbox } from "./commands/sandbox.ts";
import { registerFetch, registerFill } from "./commands/survey.ts";
import { registerValidate } from "./commands/validate.ts";
import type { CommandContext, HostProcess } from "./host-process.ts";
import { printFailure } from "./run-job.ts";
import { withUsageHint } from "./usage-hints.ts";

/** The whole command line: names, options, help. Nothing is run here. */
export function buildProgram(context: CommandContext): Command {
  const { stdout, stderr } = context.process;
  const program = new Command("qgfx")
    .description("Upload a spreadsheet of images to a Qualtrics library and get every id back.")
    .version(context.version)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => void stdout.write(withCommands(stdout, text)),
      writeErr: (text) => void stderr.write(withCommands(stderr, text)),
      outputError: (text, write) => {
        context.usage = withUsageHint(hideToken(text), context.process.args);
        write(context.usage);
      },
      getOutHelpWidth: () => stdout.columns ?? 80,
      getErrHelpWidth: () => stderr.columns ?? 80,
    })
    // On 40 columns too lines end between words.
    .configureHelp({ minWidthToWrap: 12 })
    .showHelpAfterError("(run with --help to see what it takes)")
    .addHelpText("after", FIRST_STEPS)
    .hook("preAction", (_program, action) => {
      context.command = action.name();
    });
  for (const register of COMMANDS) register(program, context);
  return program;
}

/** At the end, which is what a terminal of 24 lines shows. */
const FIRST_STEPS = `
First steps:
  $ qgfx init pictures -o summer.csv   # a spreadsheet of the folder's images
  $ qgfx apply summer.csv --sandbox    # a rehearsal; no account needed
  $ qgfx open                          # all of it in your browser`;

/** `qgfx help COMMAND`; an unknown name ends as an unknown command does. */
function registerHelp(program: Command): void {
  program
    .helpCommand(false)
    .command("help")
    .argument("[command]", "the command; all of them without")
    .description("show the help of a command")
    .addHelpText("after", "\nExamples:\n  $ qgfx help apply")
    .action(async (name?: string) => {
      if (name === undefined) return program.help();
      const meant = program.commands.find((command) => command.name() === name);
      // An unknown command ends with what was likely meant.
      return meant ? meant.help() : void (await program.parseAsync([name], { from: "user" }));
    });
}

/** A token given as an option is not repeated. */
function hideToken(text: string): string {
  const [, option] = /unknown option '(--?(?:api-?)?(?:token|key))\b/i.exec(text) ?? [];
  return option ? `error: unknown option '${option}'\n    ${TOKEN_HINT}\n` : text;
}

const COMMANDS = [
  registerSetup,
  registerInit,
  registerOpen,
  registerValidate,
  registerPlan,
  registerShow,
  registerApply,
  registerResults,
  registerFill,
  registerFetch,
  registerResolve,
  registerVerify,
  registerExplain,
  registerHistory,
  registerAdopt,
  registerPrune,
  registerUndo,
  registerMerge,
  registerSandbox,
  registerWhoami,
  registerLibraries,
  registerDoctor,
  registerComplete,
  registerHelp,
];

/** What these did stands in the ledger: their exit code tells of that, whether or not they could print it. */
const RECORDED: readonly string[] = ["apply", "resolve", "adopt", "prune", "undo", "merge"];

/** Runs one command line to its end and gives the exit code; never throws. */
export async function run(process: HostProcess): Promise<number> {
  const context: CommandContext = { process, version: VERSION, exitCode: 0 };
  const start = startedBy(process);
  if (start) for (const one of [process.stdout, process.stderr]) writeCommandsAs(one, start);
  const stdoutFailure = watchOutput(process.stdout);
  watchOutput(process.stderr);
  const code = await runCommand(context);
  const failure = await stdoutFailure();
  if (failure === undefined) return code;
  const { writeRefusal } = await import("../files/write-refusal.ts");
  const { text, exitCode: untoldCode } = endOf(writeRefusal("stdout", failure), context);
  process.stderr.write(text);
  const isTold = code !== EXIT.done && code !== EXIT.changesPending;
  if (isTold) return code;
  if (!RECORDED.includes(context.command ?? "")) return untoldCode;
  // A program that reads the events knows nothing of what was done: it must not take it for done.
  return process.args.includes("--json") ? EXIT.incomplete : code;
}

async function runCommand(context: CommandContext): Promise<number> {
  const { process } = context;
  try {
    await buildProgram(context).parseAsync([...process.args], { from: "user" });
    return context.exitCode;
  } catch (error) {
    const { text, exitCode, failure } = endOf(error, context);
    if (text !== "") process.stderr.write(text);
    const isForPrograms = failure !== undefined && process.args.includes("--json");
    if (isForPrograms) printFailure(process, { ...failure, exitCode });
    return exitCode;
  }
}

/**
 * Keeps what goes wrong with an output stream from ending the process: whoever watches a run does not decide how it
 * ends. The function returned waits for what was written so far, and gives the first thing that went wrong. A reader
 * that went away (`| head`) is none: what it misses, it misses.
 */
function watchOutput(stream: Writable): () => Promise<Error | undefined> {
  let failure: Error | undefined;
  stream.on("error", (error) => {
    if (errorCode(error) !== "EPIPE") failure ??= error;
  });
  return async () => {
    // An error is told of after the write that met it.
    await new Promise<void>((resolve) => stream.write("", () => setImmediate(resolve)));
    return failure;
  };
}

/** How a command ends. */
interface End {
  exitCode: number;
  /** Told on stderr. */
  text: string;
  /** For programs; undefined for help that was asked for. */
  failure?: Omit<Failure["error"], "exitCode">;
}

const TOO_MANY_FILES = new UserError("TOO_MANY_FILES", "too many files are open", {
  hint: "raise the limit of open files (ulimit -n), then run the same command again",
});

/** The one place where thrown things become messages and an exit code. */
function endOf(thrown: unknown, { process, usage = "" }: CommandContext): End {
  // Node loads parts of the program as they are needed, and each is a file.
  const error = /^E[MN]FILE$/.test(errorCode(thrown) ?? "") ? TOO_MANY_FILES : thrown;
  if (error instanceof CommanderError) {
    // Commander has printed its own message (help, version or usage error) by now.
    if (error.exitCode === 0) return { exitCode: EXIT.done, text: "" };
    const [message = "", ...hints] = usage
      .replace(/^error: /, "")
      .trim()
      .split(/\n\s*/);
    const failure = { code: "USAGE", message, hint: hints.join("; ") || null };
    return { exitCode: EXIT.usage, text: "", failure };
  }
  if (error instanceof QuestionInterrupted) {
    const message = "interrupted before anything was done";
    const failure = { code: "INTERRUPTED", message, hint: null };
    return { exitCode: EXIT.interrupted, text: "", failure };
  }
  if (error instanceof UserError) {
    const { code, message, hint = null, exitCode } = error;
    const text = wrapFor(process.stderr, formatUserError(error));
    return { exitCode, text, failure: { code, message, hint } };
  }
  const message = error instanceof Error ? error.message : String(error);
  const failure = { code: "BUG", message, hint: "report it with the lines on stderr" };
  return { exitCode: EXIT.bug, text: formatBug(error), failure };
}

function formatBug(error: unknown): string {
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return [
    `this is a bug in qgfx ${VERSION} (node ${process.version}, ${process.platform})`,
    stack,
    "please report it with the lines above; nothing you did should lead here",
    "",
  ].join("\n");
}

/**
 * What starts the program from the shell that it was started from: `npx qgfx` where npx did, for there `qgfx` is not a
 * command. npm says that it runs a command (`npm_command`, npm 7 and newer), and a program that was installed for all
 * folders is a command anyway. Undefined: `qgfx`.
 */
export function startedBy({ env, script = "" }: Pick<HostProcess, "env" | "script">) {
  const isNpx = env.npm_command === "exec" && env.npm_lifecycle_event === "npx";
  if (!isNpx || !/[\\/]node_modules[\\/]/.test(script)) return undefined;
  const prefix = env.npm_config_global_prefix;
  const isForAll =
    prefix !== undefined &&
    ["/lib/node_modules/", "\\node_modules\\"].some((folder) => script.startsWith(prefix + folder));
  return isForAll ? undefined : "npx qgfx";
}
