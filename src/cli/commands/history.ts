import type { Command } from "commander";
import { addCommonOptions, type CommonOptions } from "../common-options.ts";
import type { CommandContext } from "../host-process.ts";
import { runJob } from "../run-job.ts";

const EXAMPLES = `
Examples:
  $ qgfx history summer.csv
  $ qgfx history summer.csv --json | jq '.runs[-1]'`;

/** `qgfx history M`: the manifest's runs: when, who, counts, exit code. */
export function registerHistory(program: Command, context: CommandContext): void {
  const command = program
    .command("history")
    .description("list the manifest's runs: when, who, what they did, how they ended")
    .argument("<manifest>", "CSV, Excel or YAML file, one picture a row")
    .addHelpText("after", EXAMPLES);
  addCommonOptions(command).action(async (file: string, options: CommonOptions) => {
    const { listRuns } = await import("../../jobs/history.ts");
    const { formatHistory } = await import("../../render/record-text.ts");
    await runJob(context, options, (host) => listRuns(file, options, host), formatHistory);
  });
}
