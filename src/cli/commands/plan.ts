import type { Command } from "commander";
import type { PlanOptions } from "../../jobs/plan.ts";
import {
  addCommonOptions,
  addHtmlOptions,
  addShardOption,
  type OutputOptions,
} from "../common-options.ts";
import type { CommandContext } from "../host-process.ts";
import { runJob } from "../run-job.ts";

const EXAMPLES = `
Examples:
  $ qgfx plan summer.csv --sandbox
  $ qgfx plan summer.csv --library UR_3xAmpLe12345 --host fra1.qualtrics.com
  $ qgfx plan summer.csv --html plan.html      # every picture, to look at
  $ qgfx plan summer.csv --json | jq .summary
  $ qgfx plan summer.csv --detailed-exitcode   # 6: changes pending
  $ qgfx plan summer.csv --out summer.plan.json && qgfx apply summer.plan.json`;

/** `qgfx plan M`: the dry-run diff of the manifest against the ledger; sends and records nothing. */
export function registerPlan(program: Command, context: CommandContext): void {
  const command = program
    .command("plan")
    .description(
      "dry run: show what apply would do (+ create, = unchanged, ~ replace, - orphan, ? unknown)",
    )
    .argument("<manifest>", "CSV, Excel or YAML file, one picture a row")
    .option("--out <file>", "save the plan there; apply takes it in place of the manifest")
    .option("--detailed-exitcode", "exit 6 when there is something to send")
    .addHelpText("after", EXAMPLES);
  addShardOption(addHtmlOptions(addCommonOptions(command))).action(
    async (file: string, options: PlanOptions & OutputOptions) => {
      const { plan } = await import("../../jobs/plan.ts");
      await runJob(context, options, (host) => plan(file, options, host));
    },
  );
}
