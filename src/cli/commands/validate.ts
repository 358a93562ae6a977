import type { Command } from "commander";
import type { JobOptions } from "../../jobs/options.ts";
import type { RepairDocument } from "../../report/manifest-documents.ts";
import { UserError } from "../../user-error.ts";
import { addCommonOptions, addManifestCommand, type OutputOptions } from "../common-options.ts";
import type { CommandContext } from "../host-process.ts";
import { runJob } from "../run-job.ts";

const EXAMPLES = `
Examples:
  $ qgfx validate summer.csv
  $ qgfx validate summer.csv --fix          # show the exact repairs, ask, write them
  $ qgfx validate summer.csv --fix --yes
  $ qgfx validate summer.xlsx --report check.xlsx
  $ qgfx validate summer.csv --json | jq '.diagnostics[].message'`;

interface ValidateOptions extends JobOptions, OutputOptions {
  fix?: boolean;
  yes?: boolean;
  report?: string;
}

/** `qgfx validate M`: every problem that can be found without the network, at once. */
export function registerValidate(program: Command, context: CommandContext): void {
  const command = addManifestCommand(program, "validate")
    .description("check everything that can be checked without the network")
    .option("--fix", "repair what has one exact repair; the file as it was is kept beside it")
    .option("-y, --yes", "with --fix: do not ask for confirmation")
    .option("--report <file>", "write a copy as .xlsx, with red cells and comments, for its author")
    .addHelpText("after", EXAMPLES);
  addCommonOptions(command).action(async (file: string, options: ValidateOptions) => {
    if (options.fix && options.report !== undefined) {
      throw new UserError("OPTION_CONFLICT", "--fix and --report do not go together", {
        hint: "fix what can be fixed first, then write a report of what is left",
      });
    }
    await (options.fix ? fix : validate)(file, options, context);
  });
}

async function fix(file: string, options: ValidateOptions, context: CommandContext): Promise<void> {
  const jobs = await import("../../jobs/validate.ts");
  const { publishDiagnostic } = await import("../../manifest/diagnostic.ts");
  const { formatRepairsEnd } = await import("../../render/manifest-text.ts");
  await runJob(
    context,
    options,
    (host) => jobs.fix(file, options, host),
    (repairs, style) => formatRepairsEnd(file, repairs, options, style),
    {
      json: ({ changes, backup, diagnostics }): RepairDocument => ({
        version: 1,
        repairs: [...changes],
        written: backup !== undefined,
        backup: backup ?? null,
        diagnostics: diagnostics.map(publishDiagnostic),
      }),
    },
  );
}

async function validate(
  file: string,
  options: ValidateOptions,
  context: CommandContext,
): Promise<void> {
  const jobs = await import("../../jobs/validate.ts");
  const { publishDiagnostic } = await import("../../manifest/diagnostic.ts");
  const { formatValidation } = await import("../../render/manifest-text.ts");
  await runJob(
    context,
    options,
    (host) => jobs.validate(file, options, host),
    (found, style) => formatValidation(file, found, options, style),
    { json: (found) => ({ version: 1, diagnostics: found.map(publishDiagnostic) }) },
  );
}
