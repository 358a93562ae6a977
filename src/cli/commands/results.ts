import { basename, dirname, extname, join } from "node:path";
import { type Command, Option } from "commander";
import type { UrlOptions } from "../../jobs/options.ts";
import type { JobHost } from "../../jobs/watcher.ts";
import type { ResultsWritten } from "../../report/export-formats.ts";
import { EXPORT_FORMATS, EXPORT_TITLES, type ExportFormat } from "../../report/exported-row.ts";
import { UserError } from "../../user-error.ts";
import {
  addCommonOptions,
  addManifestCommand,
  addShardOption,
  addUrlOptions,
  type CommonOptions,
} from "../common-options.ts";
import type { CommandContext } from "../host-process.ts";
import { runJob } from "../run-job.ts";

const FORMATS = EXPORT_FORMATS.map(
  (format) => `  ${format.padEnd(12)}${EXPORT_TITLES[format].title}`,
).join("\n");

const EXAMPLES = `
Formats: csv and xlsx write the results file again (default: as the manifest is); the others print, or write to --out:
${FORMATS}

Examples:
  $ qgfx results summer.csv
  $ qgfx results summer.csv --results ids.csv
  $ qgfx results summer.csv --format json --out ids.json
  $ qgfx results summer.csv --format loop-merge --group-by trial --columns side
  $ qgfx results summer.csv --format embedded --group-by ParticipantID --out contacts.csv
  $ qgfx results summer.csv --format question --template survey.qsf --out all.qsf
  $ qgfx results summer.csv --format urls --out ids.xlsx`;

interface ResultsOptions extends CommonOptions, UrlOptions {
  format?: "csv" | "xlsx" | ExportFormat;
  out?: string;
  groupBy?: string;
  columns?: string;
  template?: string;
}

/** `qgfx results M`: the ids from the ledger alone, as the results CSV or in a format to paste. */
export function registerResults(program: Command, context: CommandContext): void {
  const command = addManifestCommand(program, "results")
    .description("give the ids again from the ledger, in the format that is needed; no network")
    .addOption(
      new Option("--format <format>", "what is written").choices([
        "csv",
        "xlsx",
        ...EXPORT_FORMATS,
      ]),
    )
    .option("--out <file>", "write there what would be printed; .xlsx and .csv for tables")
    .option(
      "--group-by <column>",
      "for loop-merge, embedded, js and --template: rows with the same text there belong together",
    )
    .option(
      "--columns <column>",
      "for loop-merge, embedded and --template: its texts, in order, are the fields",
    )
    .option(
      "--template <file>",
      "for question: an exported survey, its question made for each image",
    )
    .addHelpText("after", EXAMPLES);
  addUrlOptions(command);
  addShardOption(addCommonOptions(command)).action(
    async (file: string, options: ResultsOptions) => {
      checkOptions(options);
      const { format } = options;
      if (format === undefined || format === "csv" || format === "xlsx") {
        await rewrite(file, format, options, context);
      } else await print(file, format, options, context);
    },
  );
}

async function rewrite(
  file: string,
  format: "csv" | "xlsx" | undefined,
  options: ResultsOptions,
  context: CommandContext,
): Promise<void> {
  const { rewriteResults } = await import("../../jobs/results.ts");
  const { formatResultsWritten } = await import("../../render/record-text.ts");
  const results = format === undefined ? options.results : resultsFile(file, format, options);
  const settled = { ...options, ...(results && { results }) };
  const job = (host: JobHost) => rewriteResults(file, settled, host);
  await runJob(context, options, job, formatResultsWritten, {
    json: ({ results: written }): ResultsWritten => ({ version: 1, results: written }),
  });
}

async function print(
  file: string,
  format: ExportFormat,
  options: ResultsOptions,
  context: CommandContext,
): Promise<void> {
  const { exportResults } = await import("../../jobs/results.ts");
  const { formatExport } = await import("../../render/record-text.ts");
  const job = (host: JobHost) => exportResults(file, { ...options, format }, host);
  await runJob(context, options, job, formatExport, { isData: true });
}

/** The results file of that format: `--results` must agree with it, as its ending decides. */
function resultsFile(
  manifest: string,
  format: "csv" | "xlsx",
  { results }: ResultsOptions,
): string {
  if (results === undefined) {
    return join(dirname(manifest), `${basename(manifest, extname(manifest))}.results.${format}`);
  }
  if ((extname(results).toLowerCase() === ".xlsx") === (format === "xlsx")) return results;
  throw new UserError("OPTION_CONFLICT", `--results ${results} is not of --format ${format}`, {
    hint: `name a file that ends in .${format}, or leave --format out`,
  });
}

function checkOptions(options: ResultsOptions): void {
  const { format, out, groupBy, columns, urlHost, urlPath } = options;
  if (options.template !== undefined && format !== "question") {
    throw forFormats("--template", "question");
  }
  const isFilled = options.template !== undefined;
  const isTable = format === "loop-merge" || format === "embedded" || isFilled;
  if (columns !== undefined && !isTable) throw forFormats("--columns", "loop-merge", "embedded");
  if (groupBy !== undefined && !isTable && format !== "js") {
    throw forFormats("--group-by", "loop-merge", "embedded", "js");
  }
  const isPrinted = format !== undefined && format !== "csv" && format !== "xlsx";
  if ((urlHost ?? urlPath) !== undefined && !isPrinted) {
    throw forFormats(urlHost === undefined ? "--url-path" : "--url-host", "urls", "html");
  }
  if (out !== undefined && !isPrinted) {
    throw new UserError("OPTION_CONFLICT", "--out is for the formats that are printed", {
      hint: "name the results file with --results",
    });
  }
}

function forFormats(option: string, ...formats: string[]): UserError {
  const list = formats.map((one) => `--format ${one}`).join(" or ");
  return new UserError("OPTION_CONFLICT", `${option} is for ${list} alone`, {
    hint: `give ${list}, or leave ${option} out`,
  });
}
