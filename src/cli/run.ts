import { EXIT } from "../report/exit-code.ts";
import type { HostProcess } from "./host-process.ts";
import { buildProgram, type CommandContext } from "./program.ts";
import { showError } from "./show-error.ts";
import { VERSION } from "./version.ts";
import { watchOutput } from "./watch-output.ts";

/** What these did stands in the ledger: their exit code tells of that, whether or not they could print it. */
const RECORDED: readonly string[] = ["apply", "resolve", "adopt", "prune", "undo", "merge"];

/** Runs one command line to its end and gives the exit code; never throws. */
export async function run(process: HostProcess): Promise<number> {
  const context: CommandContext = { process, version: VERSION, exitCode: 0 };
  const stdoutFailure = watchOutput(process.stdout);
  watchOutput(process.stderr);
  const code = await runCommand(context);
  const failure = await stdoutFailure();
  if (failure === undefined) return code;
  const { writeRefusal } = await import("../files/replace-file.ts");
  const untoldCode = showError(writeRefusal("stdout", failure), process.stderr, VERSION);
  const isTold = code !== EXIT.done && code !== EXIT.changesPending;
  return isTold || RECORDED.includes(context.command ?? "") ? code : untoldCode;
}

async function runCommand(context: CommandContext): Promise<number> {
  const { process } = context;
  try {
    await buildProgram(context).parseAsync([...process.args], { from: "user" });
    return context.exitCode;
  } catch (error) {
    return showError(error, process.stderr, VERSION);
  }
}
