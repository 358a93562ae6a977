import type { Command } from "commander";
import type { AdoptOptions } from "../../jobs/adopt.ts";
import { addCommonOptions, type OutputOptions } from "../common-options.ts";
import type { CommandContext } from "../host-process.ts";
import { runJob } from "../run-job.ts";

const EXAMPLES = `
Ids come from the manifest's own graphicId column, or with --from from a JSON map (name, path or folder/name
→ id) or an old results file (CSV with graphicId and name or path). Each graphic is fetched from its URL and
compared with the row's file. Nothing is uploaded or deleted.

Examples:
  $ qgfx adopt summer.csv
  $ qgfx adopt summer.csv --from ids.json
  $ qgfx adopt summer.csv --from old-results.csv --force   # also where the library re-encoded the picture`;

/** `qgfx adopt M`: takes ids of an earlier script into the record. */
export function registerAdopt(program: Command, context: CommandContext): void {
  const command = program
    .command("adopt")
    .description("take over the ids of an earlier script, so that nothing is uploaded again")
    .argument("<manifest>", "CSV, Excel or YAML file, one picture a row")
    .option("--from <file>", "JSON map or CSV that holds the ids (default: the manifest itself)")
    .option("--force", "also adopt ids whose graphic differs or is recorded otherwise")
    .addHelpText("after", EXAMPLES);
  addCommonOptions(command).action(async (file: string, options: AdoptOptions & OutputOptions) => {
    const { adopt } = await import("../../jobs/adopt.ts");
    const { formatAdoption } = await import("../../render/record-text.ts");
    await runJob(context, options, (host) => adopt(file, options, host), formatAdoption);
  });
}
