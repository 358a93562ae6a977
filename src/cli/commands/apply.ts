import { resolve } from "node:path";
import { type Command, Option } from "commander";
import { EXIT } from "../../report/exit-code.ts";
import type { ApplyContext, ApplyOptions } from "../apply/apply-job.ts";
import { addCommonOptions, parseWhole } from "../common-options.ts";
import type { CommandContext } from "../host-process.ts";
import { resolveHtmlFile } from "../page/html-file.ts";
import { addHtmlOptions } from "../page/html-options.ts";
import { refuseFixedOptions } from "../plan/fixed-options.ts";
import { addShardOption } from "../shards/shard-option.ts";
import { Terminal } from "../terminal.ts";

const EXAMPLES = `
Examples:
  $ qgfx apply summer.csv --sandbox            # rehearse without an account
  $ qgfx apply summer.csv --library UR_3xAmpLe12345
  $ qgfx apply summer.csv --html summer.html   # ids, links and pictures on one page
  $ qgfx apply summer.csv --yes --json | tee events.ndjson
  $ qgfx apply summer.csv --canary 3 --max-failures 10
  $ qgfx apply summer.csv --shard 2/4 --yes    # on the second of four machines; then qgfx merge
  $ qgfx apply summer.plan.json                # exactly what \`qgfx plan --out\` saved`;

/** `qgfx apply M`, or a saved plan: plan, confirm, upload, write the results. */
export function registerApply(program: Command, context: CommandContext): void {
  const command = program
    .command("apply")
    .description("upload what changed and write the results CSV")
    .argument("<manifest>", "CSV, Excel or YAML file, one picture a row; or a saved plan")
    .option("-y, --yes", "do not ask for confirmation")
    .addOption(
      new Option(
        "--canary <n>",
        "upload n rows first, fetch them back, go on if they are the same",
      ).argParser(parseWhole(1, 1_000)),
    )
    .addOption(
      new Option("--max-failures <n>", "stop once n rows have failed").argParser(
        parseWhole(1, 1_000_000),
      ),
    )
    .addHelpText("after", EXAMPLES);
  addShardOption(addHtmlOptions(addCommonOptions(command))).action(
    async (file: string, options: ApplyOptions) => {
      context.exitCode = await apply(file, options, command, context);
    },
  );
}

async function apply(
  file: string,
  options: ApplyOptions,
  command: Command,
  { process }: CommandContext,
): Promise<number> {
  const { prepareJob } = await import("../plan/prepare-job.ts");
  const { manifestOfPlan, openSavedPlan, optionsOfPlan } = await import("../plan/open-plan.ts");
  const { displayPath } = await import("../paths.ts");
  const terminal = new Terminal(process, options);
  const savedPlan = await openSavedPlan(resolve(process.cwd, file));
  if (!savedPlan) {
    const job = await prepareJob(file, options, process, terminal, loadSending);
    return job ? applyPrepared({ job, options, process, terminal }) : EXIT.usage;
  }
  const { refuseOtherPlaces } = await import("../plan/plan-places.ts");
  const { refuseOtherService } = await import("../plan/plan-service.ts");
  refuseFixedOptions(command, file);
  refuseOtherService(savedPlan, process);
  refuseOtherPlaces(savedPlan, file, options, process.cwd);
  const settled = optionsOfPlan(options, savedPlan);
  const manifest = displayPath(manifestOfPlan(savedPlan), process.cwd);
  const job = await prepareJob(manifest, settled, process, terminal, loadSending);
  if (job) return applyPrepared({ job, options: settled, process, terminal, savedPlan });
  terminal.alarm(`the saved plan ${file} no longer holds: its manifest has errors now`);
  return EXIT.usage;
}

/** Loads what will be needed next; what cannot be loaded is told when it is. */
function loadSending(): void {
  const loading = [
    import("../apply/apply-job.ts"),
    import("../shards/job-ledger.ts"),
    import("../../qualtrics/client.ts"),
  ];
  void Promise.allSettled(loading);
}

async function applyPrepared(prepared: Omit<ApplyContext, "interruption">): Promise<number> {
  const { Interruption } = await import("../apply/interruption.ts");
  const { applyJob } = await import("../apply/apply-job.ts");
  resolveHtmlFile(prepared.options, prepared.job.paths, prepared.process.cwd);
  const interruption = new Interruption(prepared.process, prepared.terminal);
  try {
    return await applyJob({ ...prepared, interruption });
  } finally {
    interruption.end();
  }
}
