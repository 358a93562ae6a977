import type { Command } from "commander";
import type { MergeOptions } from "../../jobs/merge.ts";
import { addCommonOptions, type OutputOptions } from "../common-options.ts";
import type { CommandContext } from "../host-process.ts";
import { runJob } from "../run-job.ts";

const EXAMPLES = `
Every attempt, graphic and unknown of the shards' ledgers goes into the manifest's own, and its results CSV is
written. The shards' files stay as they are, and merging again changes nothing. Where the ledger of a part is missing,
nothing is written before you say --allow-missing: its rows would be sent again. Where two ledgers have each
a current graphic at one folder and name, nothing is written before you say --latest.

Examples:
  $ qgfx merge summer.csv                      # ledgers that stand beside the manifest's own
  $ qgfx merge summer.csv --ledgers shards/*/*.db
  $ qgfx merge summer.csv --json | jq .summary
  $ qgfx merge summer.csv --latest             # of two graphics the one uploaded last counts`;

/** `qgfx merge M`: one ledger and one results CSV from those of the shards. */
export function registerMerge(program: Command, context: CommandContext): void {
  const command = program
    .command("merge")
    .description("put the ledgers of --shard runs into one, and write the results of all")
    .argument("<manifest>", "CSV, Excel or YAML file, one image a row")
    .option(
      "--ledgers <files...>",
      "ledgers to take in (default: the shards' beside the manifest's)",
    )
    .option("--allow-missing", "merge although the ledger of a part is not there")
    .option("--latest", "at a folder and name with two current graphics keep the later upload")
    .addHelpText("after", EXAMPLES);
  addCommonOptions(command).action(async (file: string, options: MergeOptions & OutputOptions) => {
    const { mergeShards } = await import("../../jobs/merge.ts");
    const { formatMerge } = await import("../../render/record-text.ts");
    await runJob(context, options, (host) => mergeShards(file, options, host), formatMerge);
  });
}
