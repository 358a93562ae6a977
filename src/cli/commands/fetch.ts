import { type Command, Option } from "commander";
import type { FetchOptions } from "../../jobs/fetch.ts";
import { DEFAULT_MAX_BYTES, DEFAULT_RATE } from "../../jobs/options.ts";
import { addOutputOptions, type OutputOptions, parseWhole } from "../common-options.ts";
import type { CommandContext } from "../host-process.ts";
import { runJob } from "../run-job.ts";

const EXAMPLES = `
Each graphic is saved once, under its ID; graphics.csv beside them is a manifest that has the IDs. No token is needed:
graphics are public. Exit code 3 when one could not be saved; each is listed.

Examples:
  $ qgfx fetch survey.qsf -o pictures
  $ qgfx fetch summer.results.csv page.html -o archive
  $ qgfx fetch IM_3xAmpLe12345 -o pictures --host fra1.qualtrics.com`;

interface Options extends FetchOptions, OutputOptions {}

/** `qgfx fetch FILE…`: the graphics that files use, as images and a manifest. */
export function registerFetch(program: Command, context: CommandContext): void {
  const command = program
    .command("fetch")
    .description("save the graphics that surveys use, with a manifest of them")
    .argument("<file...>", "survey files, results files, or ids")
    .requiredOption("-o, --out <dir>", "folder that they are saved in; made when missing")
    .option("--folder <name>", "library folder in the manifest (default: the first file's name)")
    .option("--library <id>", "library that they are in (default: not known)")
    .option("--host <host>", "host for ids without a link (default: QUALTRICS_BASE_URL)")
    .addOption(
      new Option("--concurrency <n>", "most requests under way at once")
        .argParser(parseWhole(1, 32))
        .default(8),
    )
    .addOption(
      new Option("--rate <n>", "requests a minute at most")
        .argParser(parseWhole(1, 10_000_000))
        .default(DEFAULT_RATE),
    )
    .addHelpText("after", EXAMPLES);
  addOutputOptions(command).action(async (files: string[], given: Options) => {
    const { fetchUsed } = await import("../../jobs/fetch.ts");
    const { formatFetched } = await import("../../render/fill-text.ts");
    const options = { ...given, maxSize: DEFAULT_MAX_BYTES };
    await runJob(context, options, (host) => fetchUsed(files, options, host), formatFetched);
  });
}
