import type { Command } from "commander";
import type { ApplyOptions } from "../../jobs/options.ts";
import type { JobHost } from "../../jobs/watcher.ts";
import { addPlanOptions, type OutputOptions, parseWhole } from "../common-options.ts";
import type { CommandContext } from "../host-process.ts";
import { chooseProgress, runJob } from "../run-job.ts";

const EXAMPLES = `
Examples:
  $ qgfx apply summer.csv --sandbox            # rehearse without an account
  $ qgfx apply summer.csv --library UR_3xAmpLe12345
  $ qgfx apply summer.csv --html summer.html   # ids, links and images on one page
  $ qgfx apply summer.csv --yes --json | tee events.ndjson
  $ qgfx apply summer.csv --canary 3 --max-failures 10
  $ qgfx apply summer.csv --shard 2/4 --yes    # on the second of four machines; then qgfx merge
  $ qgfx apply summer.plan.json                # exactly what \`qgfx plan --out\` saved`;

/** `qgfx apply M`, or a saved plan: plan, confirm, upload, write the results. */
export function registerApply(program: Command, context: CommandContext): void {
  const command = program
    .command("apply")
    .description("upload what changed and write the results CSV")
    .argument("<manifest>", "CSV, Excel or YAML file, one image a row; or a saved plan")
    .option("-y, --yes", "do not ask for confirmation")
    .option(
      "--canary <n>",
      "upload n rows first, fetch them back, go on if they are the same",
      parseWhole(1, 1_000),
    )
    .option(
      "--sample <n>",
      "first and last uploads that are fetched back and compared, 0 for none (default: 3)",
      parseWhole(0, 100),
    )
    .option("--max-failures <n>", "stop once n rows have failed", parseWhole(1, 1_000_000))
    .option(
      "--convert <dir>",
      "first convert other types and too large images into this folder, and let their rows name them",
    )
    .addHelpText("after", EXAMPLES);
  addPlanOptions(command).action(
    async (file: string, options: ApplyOptions & OutputOptions & { convert?: string }) => {
      context.process.keepHeapSmall?.(true);
      const { apply } = await import("../../jobs/apply.ts");
      const progress = await chooseProgress(options, context.process);
      const given = command.options.filter(
        (option) => command.getOptionValueSource(option.attributeName()) === "cli",
      );
      const names = given.map(({ long }) => long ?? "");
      const job = async (host: JobHost) => {
        const { convert } = options;
        if (convert !== undefined) {
          const { convertRows } = await import("../../jobs/convert.ts");
          await convertRows(file, convert, options, host);
        }
        return apply(file, options, names, host);
      };
      await runJob(context, options, job, undefined, { progress });
    },
  );
}
