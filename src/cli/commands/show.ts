import { resolve } from "node:path";
import type { Command } from "commander";
import { DEFAULT_RATE } from "../../jobs/options.ts";
import { escapeText } from "../../render/escape.ts";
import { EXIT } from "../../report/exit-code.ts";
import { UserError } from "../../user-error.ts";
import { addOutputOptions, type OutputOptions } from "../common-options.ts";
import type { CommandContext } from "../host-process.ts";
import { Terminal } from "../terminal.ts";

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
    context.exitCode = await show(file, options, context);
  });
}

async function show(
  file: string,
  options: OutputOptions,
  { process }: CommandContext,
): Promise<number> {
  const { openSavedPlan } = await import("../../jobs/saved-plan.ts");
  const { formatPlan } = await import("../../render/plan-text.ts");
  const terminal = new Terminal(process, options);
  const plan = await openSavedPlan(resolve(process.cwd, file));
  if (!plan) {
    throw new UserError("NOT_A_PLAN", `'${file}' is no saved plan`, {
      hint: "save one with `qgfx plan … --out FILE`",
    });
  }
  const { document, saved } = plan;
  if (options.json) {
    terminal.product(JSON.stringify(document, null, 2));
    return EXIT.done;
  }
  terminal.note(escapeText(`saved ${saved.savedAt} by qgfx ${saved.qgfx}`));
  const view = { style: terminal.outStyle, ratePerMinute: DEFAULT_RATE, detail: "all" } as const;
  terminal.product(formatPlan(document, view));
  return EXIT.done;
}
