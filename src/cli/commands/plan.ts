import { resolve } from "node:path";
import type { Command } from "commander";
import { escapeText } from "../../render/escape.ts";
import { EXIT } from "../../report/exit-code.ts";
import { addCommonOptions, type CommonOptions } from "../common-options.ts";
import type { CommandContext } from "../host-process.ts";
import { resolveHtmlFile } from "../page/html-file.ts";
import { addHtmlOptions, type HtmlOptions } from "../page/html-options.ts";
import { addShardOption } from "../shards/shard-option.ts";
import { Terminal } from "../terminal.ts";

const EXAMPLES = `
Examples:
  $ qgfx plan summer.csv --sandbox
  $ qgfx plan summer.csv --library UR_3xAmpLe12345 --host fra1.qualtrics.com
  $ qgfx plan summer.csv --html plan.html      # every picture, to look at
  $ qgfx plan summer.csv --json | jq .summary
  $ qgfx plan summer.csv --detailed-exitcode   # 6: changes pending
  $ qgfx plan summer.csv --out summer.plan.json && qgfx apply summer.plan.json`;

interface PlanOptions extends CommonOptions, HtmlOptions {
  detailedExitcode?: boolean;
  out?: string;
}

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
    async (file: string, options: PlanOptions) => {
      context.exitCode = await plan(file, options, context);
    },
  );
}

async function plan(
  file: string,
  options: PlanOptions,
  { process }: CommandContext,
): Promise<number> {
  const { prepareJob } = await import("../plan/prepare-job.ts");
  const { readJobLedger } = await import("../shards/read-job-ledger.ts");
  const { describePlan, planJob } = await import("../plan/plan-job.ts");
  const { planParts } = await import("../../render/plan-text.ts");
  const { savePlan } = await import("../plan/save-plan.ts");
  const { displayPath } = await import("../paths.ts");
  const out = options.out === undefined ? undefined : resolve(process.cwd, options.out);
  const terminal = new Terminal(process, options);
  const job = await prepareJob(file, options, process, terminal);
  if (!job) return EXIT.usage;
  const page = resolveHtmlFile(options, job.paths, process.cwd);
  const ledger = await readJobLedger(job);
  try {
    const policy = options.unknown ?? "hold";
    const built = planJob(job, ledger, policy, options);
    const document =
      out === undefined
        ? describePlan(job, built)
        : await savePlan(out, job, ledger, built, { options, policy });
    const style = terminal.outStyle;
    const view = { style, ratePerMinute: options.rate, detail: "all" } as const;
    const parts = options.json ? [JSON.stringify(document, null, 2)] : planParts(document, view);
    await terminal.productParts(parts);
    if (options.out !== undefined) {
      const { optionsToRepeat } = await import("../plan/plan-places.ts");
      const saved = escapeText(options.out);
      const again = escapeText(optionsToRepeat(job.paths, process.cwd));
      terminal.note(`saved to ${saved}; \`qgfx apply ${saved}${again}\` does exactly this`);
    }
    if (page !== undefined) {
      const { writePlanPage } = await import("../page/plan-page.ts");
      await writePlanPage(page, { job, plan: built, options }, document, ledger);
      terminal.note(`page in ${escapeText(displayPath(page, process.cwd))}`);
    }
    const isPending = built.uploads.length > 0;
    return isPending && options.detailedExitcode ? EXIT.changesPending : EXIT.done;
  } finally {
    ledger?.close();
  }
}
