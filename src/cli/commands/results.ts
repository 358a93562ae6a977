import { type Command, Option } from "commander";
import { UserError } from "../../user-error.ts";
import { addCommonOptions, type CommonOptions } from "../common-options.ts";
import { EXPORT_FORMATS, type ExportFormat } from "../export-formats.ts";
import type { HostProcess } from "../host-process.ts";
import type { CommandContext } from "../program.ts";
import { Terminal } from "../terminal.ts";

const EXAMPLES = `
Formats: csv writes the results CSV again; the others print, or write to --out:
  json        name → id, as a JSON object
  urls        a table of name, id and URL to paste into a spreadsheet
  html        one <img> tag a line, its alt text from the column 'alt' or else the name
  loop-merge  rows for a block's Loop & Merge table: field 1 the group, fields 2 and on its ids
  question    a survey to import, with every picture as a question

Examples:
  $ qgfx results summer.csv
  $ qgfx results summer.csv --results ids.csv
  $ qgfx results summer.csv --format json --out ids.json
  $ qgfx results summer.csv --format loop-merge --group-by trial`;

export interface ResultsOptions extends CommonOptions {
  format: "csv" | ExportFormat;
  out?: string;
  groupBy?: string;
}

/** `qgfx results M`: the ids from the ledger alone, as the results CSV or in a format to paste. */
export function registerResults(program: Command, context: CommandContext): void {
  const command = program
    .command("results")
    .description("give the ids again from the ledger, in the format that is needed; no network")
    .argument("<manifest>", "CSV, Excel or YAML file, one picture a row")
    .addOption(
      new Option("--format <format>", "what is written")
        .choices(["csv", ...EXPORT_FORMATS])
        .default("csv"),
    )
    .option("--out <file>", "write there what would be printed")
    .option("--group-by <column>", "for loop-merge: rows with the same text there make one row")
    .addHelpText("after", EXAMPLES);
  addCommonOptions(command).action(async (file: string, options: ResultsOptions) => {
    context.exitCode = await results(file, options, context.process);
  });
}

async function results(
  file: string,
  options: ResultsOptions,
  process: HostProcess,
): Promise<number> {
  const terminal = new Terminal(process, options);
  const { format } = options;
  checkOptions(options);
  if (format === "csv") {
    const { rewriteResults } = await import("../rewrite-results.ts");
    return rewriteResults(file, options, process, terminal);
  }
  const { exportResults } = await import("../export-results.ts");
  return exportResults(file, format, options, process, terminal);
}

function checkOptions({ format, out, groupBy }: ResultsOptions): void {
  if (groupBy !== undefined && format !== "loop-merge") {
    throw new UserError("OPTION_CONFLICT", `--group-by does nothing for --format ${format}`, {
      hint: "give --format loop-merge, or leave --group-by out",
    });
  }
  if (out !== undefined && format === "csv") {
    throw new UserError("OPTION_CONFLICT", "--out is for the formats that are printed", {
      hint: "name the results CSV with --results",
    });
  }
}
