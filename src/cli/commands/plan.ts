import { resolve } from "node:path";
import type { Command } from "commander";
import { DEFAULT_RATE } from "../../jobs/options.ts";
import type { PlanOptions } from "../../jobs/plan.ts";
import type { JobHost } from "../../jobs/watcher.ts";
import { EXIT } from "../../report/summary.ts";
import { UserError } from "../../user-error.ts";
import {
  addManifestCommand,
  addOutputOptions,
  addPlanOptions,
  type OutputOptions,
} from "../common-options.ts";
import type { CommandContext } from "../host-process.ts";
import { runJob } from "../run-job.ts";

const PLAN_EXAMPLES = `
Examples:
  $ qgfx plan summer.csv --sandbox
  $ qgfx plan summer.csv --library UR_3xAmpLe12345 --host fra1.qualtrics.com
  $ qgfx plan summer.csv --html plan.html      # every image, to look at
  $ qgfx plan summer.csv --json | jq .summary
  $ qgfx plan summer.csv --detailed-exitcode   # 6: changes pending
  $ qgfx plan summer.csv --out summer.plan.json && qgfx apply summer.plan.json`;

/** `qgfx plan M`: the dry-run diff of the manifest against the ledger; sends and records nothing. */
export function registerPlan(program: Command, context: CommandContext): void {
  const command = addManifestCommand(program, "plan")
    .description(
      "dry run: show what apply would do (+ create, = unchanged, ~ replace, - orphan, ? unknown)",
    )
    .option("--out <file>", "save the plan there; apply takes it in place of the manifest")
    .option("--detailed-exitcode", "exit 6 when there is something to send")
    .addHelpText("after", PLAN_EXAMPLES);
  addPlanOptions(command).action(async (file: string, options: PlanOptions & OutputOptions) => {
    const { plan } = await import("../../jobs/plan.ts");
    await runJob(context, options, (host) => plan(file, options, host));
  });
}

const SHOW_EXAMPLES = `
Examples:
  $ qgfx plan summer.csv --out summer.plan.json
  $ qgfx show summer.plan.json
  $ qgfx show summer.plan.json --json | jq .saved.savedAt`;

/** `qgfx show F`: a saved plan as it was saved, whether it still holds or not. */
export function registerShow(program: Command, context: CommandContext): void {
  const command = program
    .command("show")
    .description("show a saved plan, even one that is out of date")
    .argument("<plan>", "file that `qgfx plan --out` wrote")
    .addHelpText("after", SHOW_EXAMPLES);
  addOutputOptions(command).action(async (file: string, options: OutputOptions) => {
    const { formatPlan } = await import("../../render/plan-text.ts");
    const view = { rate: DEFAULT_RATE, purpose: "look" } as const;
    await runJob(
      context,
      options,
      (host) => show(file, options, host),
      (document, style) => formatPlan({ ...view, document }, style),
    );
  });
}

async function show(file: string, { json }: OutputOptions, { cwd, watcher }: JobHost) {
  const { openSavedPlan } = await import("../../jobs/saved-plan.ts");
  const plan = await openSavedPlan(resolve(cwd, file));
  if (!plan) {
    throw new UserError("NOT_A_PLAN", `'${file}' is not a saved plan`, {
      hint: "save one with `qgfx plan … --out FILE`",
    });
  }
  const { document, saved } = plan;
  if (!json) {
    watcher.tell({ kind: "note", text: `saved ${saved.savedAt} by qgfx ${saved.qgfx}` });
  }
  return { exitCode: EXIT.done, document };
}
