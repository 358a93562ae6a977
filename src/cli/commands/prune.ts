import type { Command } from "commander";
import type { PruneOptions } from "../../jobs/delete.ts";
import { addDeleteOptions, type OutputOptions } from "../common-options.ts";
import type { CommandContext } from "../host-process.ts";
import { runJob } from "../run-job.ts";

const EXAMPLES = `
Orphans are graphics that this manifest recorded and no row of it names any more. Surveys that use them lose
the picture, and nothing brings it back. A graphic that another row shares stays.

Examples:
  $ qgfx prune summer.csv
  $ qgfx prune summer.csv --yes --max-delete 200
  $ qgfx prune summer.csv --replaced           # and what later uploads took the place of`;

/** `qgfx prune M`: deletes orphans from the library. */
export function registerPrune(program: Command, context: CommandContext): void {
  const command = program
    .command("prune")
    .description("delete graphics that were recorded and are no longer in the manifest")
    .argument("<manifest>", "CSV, Excel or YAML file, one picture a row")
    .option("--replaced", "also delete what later uploads of this manifest replaced")
    .addHelpText("after", EXAMPLES);
  addDeleteOptions(command).action(async (file: string, options: PruneOptions & OutputOptions) => {
    const { prune } = await import("../../jobs/delete.ts");
    const { formatDeletionEnd } = await import("../../render/plan-text.ts");
    await runJob(context, options, (host) => prune(file, options, host), formatDeletionEnd);
  });
}
