import { Command } from "commander";
import { registerAdopt } from "./commands/adopt.ts";
import { registerApply } from "./commands/apply.ts";
import { registerComplete } from "./commands/complete.ts";
import { registerDoctor } from "./commands/doctor.ts";
import { registerExplain } from "./commands/explain.ts";
import { registerHistory } from "./commands/history.ts";
import { registerInit } from "./commands/init.ts";
import { registerLibraries } from "./commands/libraries.ts";
import { registerMerge } from "./commands/merge.ts";
import { registerPlan } from "./commands/plan.ts";
import { registerPrune } from "./commands/prune.ts";
import { registerResolve } from "./commands/resolve.ts";
import { registerResults } from "./commands/results.ts";
import { registerSandbox } from "./commands/sandbox.ts";
import { registerShow } from "./commands/show.ts";
import { registerUndo } from "./commands/undo.ts";
import { registerValidate } from "./commands/validate.ts";
import { registerVerify } from "./commands/verify.ts";
import { registerWhoami } from "./commands/whoami.ts";
import type { CommandContext } from "./host-process.ts";

/** The whole command line: names, options, help. Nothing is run here. */
export function buildProgram(context: CommandContext): Command {
  const { stdout, stderr } = context.process;
  const program = new Command("qgfx")
    .description("Upload a spreadsheet of images to a Qualtrics library and get every id back.")
    .version(context.version)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => void stdout.write(text),
      writeErr: (text) => void stderr.write(text),
      getOutHelpWidth: () => stdout.columns ?? 80,
      getErrHelpWidth: () => stderr.columns ?? 80,
    })
    // On 40 columns too lines end between words.
    .configureHelp({ minWidthToWrap: 12 })
    .showHelpAfterError("(run with --help to see what it takes)")
    .hook("preAction", (_program, action) => {
      context.command = action.name();
    });
  for (const register of COMMANDS) register(program, context);
  return program;
}

const COMMANDS = [
  registerInit,
  registerValidate,
  registerPlan,
  registerShow,
  registerApply,
  registerResults,
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
];
