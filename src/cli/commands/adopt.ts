import type { Command } from "commander";
import type { AdoptOptions } from "../../jobs/adopt.ts";
import { addCommonOptions, type OutputOptions } from "../common-options.ts";
import type { CommandContext } from "../host-process.ts";
import { runJob } from "../run-job.ts";

const EXAMPLES = `
IDs come from the manifest's own graphicId column, or with --from from a list: lines of a name and an ID as they
are copied from Qualtrics (Account Settings, Qualtrics IDs) or a spreadsheet, with or without header and folder;
a CSV or .xlsx; JSON, {name: id} or [{name, id}]; what 'qgfx results' writes. Each graphic is fetched from its URL
and compared with the row's file. What fits is shown, and nothing is recorded before you agree. Nothing is
uploaded or deleted.

Examples:
  $ qgfx adopt summer.csv
  $ qgfx adopt summer.csv --from ids.json
  $ qgfx adopt summer.csv --from -          # paste the list, then press Ctrl-D
  $ pbpaste | qgfx adopt summer.csv --from - --yes
  $ qgfx adopt summer.csv --from old-results.csv --force   # also where the library re-encoded the image`;

/** `qgfx adopt M`: takes ids of an earlier script into the record. */
export function registerAdopt(program: Command, context: CommandContext): void {
  const command = program
    .command("adopt")
    .description("take over the ids of an earlier script, so that nothing is uploaded again")
    .argument("<manifest>", "CSV, Excel or YAML file, one image a row")
    .option(
      "--from <file>",
      "list of names and IDs, - for standard input (default: the manifest itself)",
    )
    .option("-y, --yes", "with --from: do not ask for confirmation")
    .option("--force", "also adopt ids whose graphic differs or is recorded otherwise")
    .addHelpText("after", EXAMPLES);
  addCommonOptions(command).action(async (file: string, options: AdoptOptions & OutputOptions) => {
    const { adopt } = await import("../../jobs/adopt.ts");
    const { formatAdoption } = await import("../../render/record-text.ts");
    await runJob(context, options, (host) => adopt(file, options, host), formatAdoption);
  });
}
