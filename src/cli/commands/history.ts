import type { Command } from "commander";
import { addCommonOptions, type CommonOptions } from "../common-options.ts";
import type { CommandContext } from "../host-process.ts";
import { runJob } from "../run-job.ts";

const HISTORY_EXAMPLES = `
Examples:
  $ qgfx history summer.csv
  $ qgfx history summer.csv --json | jq '.runs[-1]'`;

/** `qgfx history M`: the manifest's runs: when, who, counts, exit code. */
export function registerHistory(program: Command, context: CommandContext): void {
  const command = program
    .command("history")
    .description("list the manifest's runs: when, who, what they did, how they ended")
    .argument("<manifest>", "CSV, Excel or YAML file, one image a row")
    .addHelpText("after", HISTORY_EXAMPLES);
  addCommonOptions(command).action(async (file: string, options: CommonOptions) => {
    const { listRuns } = await import("../../jobs/history.ts");
    const { formatHistory } = await import("../../render/record-text.ts");
    await runJob(context, options, (host) => listRuns(file, options, host), formatHistory);
  });
}

const EXPLAIN_EXAMPLES = `
It tells what apply would do and why, the file's bytes and the recorded ones, every graphic that was ever at
this folder and name, and every attempt with its time and answer. The header of a CSV is line 1.

Examples:
  $ qgfx explain summer.csv 12
  $ qgfx explain summer.csv "Old tree"
  $ qgfx explain summer.csv 12 --json | jq '.runs[].attempts'`;

/** `qgfx explain M LINE`: why a row is created, replaced, unchanged or unknown. */
export function registerExplain(program: Command, context: CommandContext): void {
  const command = program
    .command("explain")
    .description("tell why a row is created, replaced, unchanged or unknown, and what was tried")
    .argument("<manifest>", "CSV, Excel or YAML file, one image a row")
    .argument(
      "<row>",
      "line of the manifest where the row starts, or the row's name or folder/name",
    )
    .addHelpText("after", EXPLAIN_EXAMPLES);
  addCommonOptions(command).action(async (file: string, row: string, options: CommonOptions) => {
    const { explain } = await import("../../jobs/history.ts");
    const { formatExplanation } = await import("../../render/explanation-text.ts");
    await runJob(context, options, (host) => explain(file, row, options, host), formatExplanation);
  });
}
