import type { Command } from "commander";
import type { ResolveOptions } from "../../jobs/resolve.ts";
import type { JobHost } from "../../jobs/watcher.ts";
import { addCommonOptions, addShardOption, type OutputOptions } from "../common-options.ts";
import type { CommandContext } from "../host-process.ts";
import { runJob } from "../run-job.ts";

const EXAMPLES = `
Without --landed and --absent it lists the uploads that got no answer. Look for them in the library, then say
what you found: by the line in the manifest, by name, or by folder and name. Or give the whole list of the library
with --from: Qualtrics shows it under Account Settings, Qualtrics IDs. It may be copied or saved in any way that
'qgfx adopt --from' reads. What fits is shown, and nothing is recorded before you agree.

Examples:
  $ qgfx resolve summer.csv
  $ qgfx resolve summer.csv --landed 12=IM_3xAmpLe12345 --absent 15
  $ qgfx resolve summer.csv --absent 31,17
  $ qgfx resolve summer.csv --absent "Summer/Old name"
  $ qgfx resolve summer.csv --from -           # paste the list, then press Ctrl-D
  $ qgfx resolve summer.csv --from list.txt --absent all --yes
  $ qgfx resolve summer.csv --absent all       # the next apply uploads them again`;

/** `qgfx resolve M`: settles uploads that got no answer, as the user found them in the library. */
export function registerResolve(program: Command, context: CommandContext): void {
  const command = program
    .command("resolve")
    .description("settle uploads that got no answer: they landed, or they did not")
    .argument("<manifest>", "CSV, Excel or YAML file, one image a row")
    .option("--landed <row=id>", "it is in the library, under this id (repeatable)", collect, [])
    .option("--absent <rows|all>", "it is not in the library (repeatable)", collect, [])
    .option("--from <file>", "list of the library's names and IDs, - for standard input")
    .option("-y, --yes", "with --from: do not ask for confirmation")
    .addHelpText("after", EXAMPLES);
  addShardOption(addCommonOptions(command)).action(
    async (file: string, options: ResolveOptions & OutputOptions) => {
      const { resolveUnknowns } = await import("../../jobs/resolve.ts");
      const { formatResolution } = await import("../../render/record-text.ts");
      const { describeResolution } = await import("../../report/resolution.ts");
      const job = (host: JobHost) => resolveUnknowns(file, options, host);
      await runJob(context, options, job, formatResolution, { json: describeResolution });
    },
  );
}

function collect(value: string, earlier: string[]): string[] {
  return [...earlier, value];
}
