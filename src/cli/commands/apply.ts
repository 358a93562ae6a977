import type { Command } from "commander";
import { EXIT } from "../../report/exit-code.ts";
import type { ApplyOptions } from "../apply-job.ts";
import { addCommonOptions } from "../common-options.ts";
import type { CommandContext } from "../program.ts";
import { Terminal } from "../terminal.ts";

const EXAMPLES = `
Examples:
  $ qgfx apply summer.csv --sandbox            # rehearse without an account
  $ qgfx apply summer.csv --library UR_3xAmpLe12345
  $ qgfx apply summer.csv --yes --json | tee events.ndjson`;

/** `qgfx apply M`: plan, confirm, upload, write the results. */
export function registerApply(program: Command, context: CommandContext): void {
  const command = program
    .command("apply")
    .description("upload what changed and write the results CSV")
    .argument("<manifest>", "CSV, Excel or YAML file, one picture a row")
    .option("-y, --yes", "do not ask for confirmation")
    .addHelpText("after", EXAMPLES);
  addCommonOptions(command).action(async (file: string, options: ApplyOptions) => {
    context.exitCode = await apply(file, options, context);
  });
}

async function apply(
  file: string,
  options: ApplyOptions,
  { process }: CommandContext,
): Promise<number> {
  const { prepareJob } = await import("../prepare-job.ts");
  const { Interruption } = await import("../interruption.ts");
  const { applyJob } = await import("../apply-job.ts");
  const terminal = new Terminal(process, options);
  const job = await prepareJob(file, options, process, terminal);
  if (!job) return EXIT.usage;
  const interruption = new Interruption(process, terminal);
  try {
    return await applyJob({ job, options, process, terminal, interruption });
  } catch (error) {
    // Interrupted at a question: nothing was sent.
    if (interruption.signal.aborted && isAbort(error)) return EXIT.interrupted;
    throw error;
  } finally {
    interruption.end();
  }
}

function isAbort(error: unknown): boolean {
  return error instanceof Error && error.name === "AbortError";
}
