import type { HostProcess } from "./host-process.ts";
import { buildProgram, type CommandContext } from "./program.ts";
import { showError } from "./show-error.ts";
import { VERSION } from "./version.ts";

/** Runs one command line to its end and gives the exit code; never throws. */
export async function run(process: HostProcess): Promise<number> {
  const context: CommandContext = { process, version: VERSION, exitCode: 0 };
  try {
    await buildProgram(context).parseAsync([...process.args], { from: "user" });
    return context.exitCode;
  } catch (error) {
    return showError(error, process.stderr, VERSION);
  }
}
