import type { Command } from "commander";
import { hasErrors, publishDiagnostic } from "../../manifest/diagnostic.ts";
import { escapeText } from "../../render/escape.ts";
import { formatDiagnostic, formatDiagnosticCounts } from "../../render/problems-text.ts";
import { EXIT } from "../../report/exit-code.ts";
import { addCommonOptions, type CommonOptions } from "../common-options.ts";
import type { CommandContext } from "../host-process.ts";
import { Terminal } from "../terminal.ts";

const EXAMPLES = `
Examples:
  $ qgfx validate summer.csv
  $ qgfx validate summer.csv --fix          # show the exact repairs, ask, write them
  $ qgfx validate summer.csv --fix --yes
  $ qgfx validate summer.csv --json | jq '.diagnostics[].message'`;

interface ValidateOptions extends CommonOptions {
  fix?: boolean;
  yes?: boolean;
}

/** `qgfx validate M`: every problem that can be found without the network, at once. */
export function registerValidate(program: Command, context: CommandContext): void {
  const command = program
    .command("validate")
    .description("check everything that can be checked without the network")
    .argument("<manifest>", "CSV, Excel or YAML file, one picture a row")
    .option("--fix", "repair what has one exact repair; the file as it was is kept beside it")
    .option("-y, --yes", "with --fix: do not ask for confirmation")
    .addHelpText("after", EXAMPLES);
  addCommonOptions(command).action(async (file: string, options: ValidateOptions) => {
    context.exitCode = await (options.fix ? fix : validate)(file, options, context);
  });
}

async function fix(
  file: string,
  options: ValidateOptions,
  { process }: CommandContext,
): Promise<number> {
  const { fixManifest } = await import("../sheet/fix-manifest.ts");
  return fixManifest({ file, options, process, terminal: new Terminal(process, options) });
}

async function validate(
  file: string,
  options: CommonOptions,
  { process }: CommandContext,
): Promise<number> {
  const { resolvePaths } = await import("../../jobs/paths.ts");
  const { inspectManifest, loadManifest } = await import("../../jobs/load-manifest.ts");
  const terminal = new Terminal(process, options);
  const paths = resolvePaths(file, options, process.cwd);
  const loaded = await loadManifest(file, process.cwd, options);
  const limits = { ...paths, maxBytes: options.maxSize };
  const { diagnostics } = await inspectManifest(loaded, limits);
  if (options.json) {
    terminal.product(
      JSON.stringify({ version: 1, diagnostics: diagnostics.map(publishDiagnostic) }, null, 2),
    );
  } else {
    const shown = options.quiet ? diagnostics.filter(isError) : diagnostics;
    for (const found of shown) terminal.product(formatDiagnostic(found, terminal.outStyle));
    if (!options.quiet)
      terminal.product(`${escapeText(file)}: ${formatDiagnosticCounts(diagnostics)}`);
  }
  return hasErrors(diagnostics) ? EXIT.usage : EXIT.done;
}

function isError({ severity }: { severity: string }): boolean {
  return severity === "error";
}
