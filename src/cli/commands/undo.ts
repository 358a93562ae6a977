import type { Command } from "commander";
import type { DeleteOptions } from "../../jobs/options.ts";
import { addDeleteOptions, type OutputOptions } from "../common-options.ts";
import type { CommandContext } from "../host-process.ts";
import { runJob } from "../run-job.ts";

const EXAMPLES = `
What the run had replaced is current again afterwards, and the next apply uploads the rest anew.

Examples:
  $ qgfx history summer.csv
  $ qgfx undo summer.csv                       # the last apply
  $ qgfx undo summer.csv 3 --yes`;

/** `qgfx undo M [RUN]`: deletes what one run uploaded. */
export function registerUndo(program: Command, context: CommandContext): void {
  const command = program
    .command("undo")
    .description("delete what one run uploaded")
    .argument("<manifest>", "CSV, Excel or YAML file, one picture a row")
    .argument("[run]", "number of the run, as history shows it (default: the last apply)")
    .addHelpText("after", EXAMPLES);
  addDeleteOptions(command).action(
    async (file: string, run: string | undefined, options: DeleteOptions & OutputOptions) => {
      const { undo } = await import("../../jobs/delete.ts");
      const { formatDeletionEnd } = await import("../../render/plan-text.ts");
      await runJob(context, options, (host) => undo(file, run, options, host), formatDeletionEnd);
    },
  );
}
