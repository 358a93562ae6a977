import type { Command } from "commander";
import type { PruneOptions } from "../../jobs/delete.ts";
import type { DeleteOptions } from "../../jobs/options.ts";
import {
  addCommonOptions,
  addManifestCommand,
  type OutputOptions,
  parseWhole,
} from "../common-options.ts";
import type { CommandContext } from "../host-process.ts";
import { runJob } from "../run-job.ts";

const PRUNE_EXAMPLES = `
Orphans are graphics that this manifest recorded and no row of it names any more. Surveys that use them lose
the image, and nothing brings it back. A graphic that another row shares stays.

Examples:
  $ qgfx prune summer.csv
  $ qgfx prune summer.csv --yes --max-delete 200
  $ qgfx prune summer.csv --replaced           # and what later uploads took the place of`;

/** `qgfx prune M`: deletes orphans from the library. */
export function registerPrune(program: Command, context: CommandContext): void {
  const command = addManifestCommand(program, "prune")
    .description("delete graphics that were recorded and are no longer in the manifest")
    .option("--replaced", "also delete what later uploads of this manifest replaced")
    .addHelpText("after", PRUNE_EXAMPLES);
  addDeleteOptions(command).action(async (file: string, options: PruneOptions & OutputOptions) => {
    const { prune } = await import("../../jobs/delete.ts");
    const { formatDeletionEnd } = await import("../../render/record-text.ts");
    await runJob(context, options, (host) => prune(file, options, host), formatDeletionEnd);
  });
}

const UNDO_EXAMPLES = `
What the run had replaced is current again afterwards, and the next apply uploads the rest again.

Examples:
  $ qgfx history summer.csv
  $ qgfx undo summer.csv                       # the last apply
  $ qgfx undo summer.csv 3 --yes`;

/** `qgfx undo M [RUN]`: deletes what one run uploaded. */
export function registerUndo(program: Command, context: CommandContext): void {
  const command = addManifestCommand(program, "undo")
    .description("delete what one run uploaded")
    .argument("[run]", "number of the run, as history shows it (default: the last apply)")
    .addHelpText("after", UNDO_EXAMPLES);
  addDeleteOptions(command).action(
    async (file: string, run: string | undefined, options: DeleteOptions & OutputOptions) => {
      const { undo } = await import("../../jobs/delete.ts");
      const { formatDeletionEnd } = await import("../../render/record-text.ts");
      await runJob(context, options, (host) => undo(file, run, options, host), formatDeletionEnd);
    },
  );
}

const MAX_DELETE = 50;

/** Confirmation and a limit, and the common options. */
function addDeleteOptions(command: Command): Command {
  command
    .option("-y, --yes", "do not ask for confirmation")
    .option(
      "--max-delete <n>",
      "refuse to delete more graphics than this",
      parseWhole(0, 1_000_000),
      MAX_DELETE,
    );
  return addCommonOptions(command);
}
