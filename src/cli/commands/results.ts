import type { Command } from "commander";
import { addCommonOptions, type CommonOptions } from "../common-options.ts";
import type { CommandContext } from "../program.ts";
import { Terminal } from "../terminal.ts";

const EXAMPLES = `
Examples:
  $ qgfx results summer.csv
  $ qgfx results summer.csv --results ids.csv`;

/** `qgfx results M`: writes the results CSV again from the ledger alone. */
export function registerResults(program: Command, context: CommandContext): void {
  const command = program
    .command("results")
    .description("write the results CSV again from the ledger; no network")
    .argument("<manifest>", "CSV or YAML file, one picture a row")
    .addHelpText("after", EXAMPLES);
  addCommonOptions(command).action(async (file: string, options: CommonOptions) => {
    context.exitCode = await results(file, options, context);
  });
}

async function results(
  file: string,
  options: CommonOptions,
  { process }: CommandContext,
): Promise<number> {
  const { rewriteResults } = await import("../rewrite-results.ts");
  return rewriteResults(file, options, process, new Terminal(process, options));
}
