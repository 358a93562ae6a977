import { resolve } from "node:path";
import type { Command } from "commander";
import { DEFAULT_RATE } from "../../jobs/options.ts";
import type { JobHost } from "../../jobs/watcher.ts";
import { EXIT } from "../../report/exit-code.ts";
import { UserError } from "../../user-error.ts";
import { addOutputOptions, type OutputOptions } from "../common-options.ts";
import type { CommandContext } from "../host-process.ts";
import { runJob } from "../run-job.ts";

const EXAMPLES = `
Examples:
  $ qgfx plan summer.csv --out summer.plan.json
  $ qgfx show summer.plan.json
  $ qgfx show summer.plan.json --json | jq .saved.savedAt`;

/** `qgfx show F`: a saved plan as it was saved, whether it still holds or not. */
export function registerShow(program: Command, context: CommandContext): void {
  const command = program
    .command("show")
    .description("show a saved plan, also one that no longer holds")
    .argument("<plan>", "file that `qgfx plan --out` wrote")
    .addHelpText("after", EXAMPLES);
  addOutputOptions(command).action(async (file: string, options: OutputOptions) => {
    const { formatPlan } = await import("../../render/plan-text.ts");
    const view = { ratePerMinute: DEFAULT_RATE, detail: "all" } as const;
    await runJob(
      context,
      options,
      (host) => show(file, options, host),
      (document, style) => formatPlan(document, { ...view, style }),
    );
  });
}

async function show(file: string, { json }: OutputOptions, { cwd, watcher }: JobHost) {
  const { openSavedPlan } = await import("../../jobs/saved-plan.ts");
  const plan = await openSavedPlan(resolve(cwd, file));
  if (!plan) {
    throw new UserError("NOT_A_PLAN", `'${file}' is no saved plan`, {
      hint: "save one with `qgfx plan … --out FILE`",
    });
  }
  const { document, saved } = plan;
  if (!json) {
    watcher.tell({ kind: "note", text: `saved ${saved.savedAt} by qgfx ${saved.qgfx}` });
  }
  return { exitCode: EXIT.done, document };
}
