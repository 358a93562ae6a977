import type { Command } from "commander";
import type { FetchOptions } from "../../jobs/fetch.ts";
import type { FillOptions } from "../../jobs/fill.ts";
import { DEFAULT_MAX_BYTES, DEFAULT_RATE, MOST_CONCURRENCY } from "../../jobs/options.ts";
import { UserError } from "../../user-error.ts";
import {
  addOutputOptions,
  addUrlOptions,
  collect,
  type OutputOptions,
  parseWhole,
} from "../common-options.ts";
import type { CommandContext } from "../host-process.ts";
import { runJob } from "../run-job.ts";

const FILL_EXAMPLES = `
Replaced are {{graphic:NAME}} by an ID, {{url:NAME}} by an address, {{img:NAME}} by an <img> tag, and addresses of
local images of the manifest. NAME is a name, folder/name or path. The filled file is NAME.filled.EXT beside the
file; what is there under that name is replaced. Nothing is written where a name cannot be found.

Examples:
  $ qgfx fill survey.qsf
  $ qgfx fill survey.txt --with summer.csv --out ready.txt
  $ qgfx fill survey.qsf page.html --out filled
  $ qgfx fill survey.qsf --replaced         # new IDs where images were replaced
  $ qgfx fill survey.qsf --check            # exit code 6 where old IDs are in use`;

/** `qgfx fill FILE…`: graphics into survey files. */
export function registerFill(program: Command, context: CommandContext): void {
  const command = program
    .command("fill")
    .description(
      "put IDs, addresses and <img> tags into survey files: .qsf, .txt, HTML, JavaScript, …",
    )
    .argument("<file...>", "text files; .qsf and .json are read as JSON")
    .option(
      "--with <manifest>",
      "manifest whose images are meant; may be repeated (default: every uploaded one in this folder)",
      collect,
    )
    .option("--out <file>", "write there; for several files a folder")
    .option("--in-place", "replace the files themselves; each as it was is kept as .bak")
    .option("-y, --yes", "with --in-place: do not ask for confirmation")
    .option("--replaced", "put in the new IDs of replaced images, wherever the old ones are")
    .option("--check", "write nothing; exit code 6 where an ID was replaced or deleted")
    .addHelpText("after", FILL_EXAMPLES)
    .optionsGroup("Which record:")
    .option("--host <host>", "service, a URL or a host name (default: that of the last upload)")
    .option("--library <id>", "library id, UR_… or GR_… (default: that of the last upload)")
    .option("--folder <name>", "folder for rows that name none")
    .option("--sandbox", "the rehearsal's images; writes NAME.sandbox.filled.EXT")
    .option("--sheet <name>", "sheet of an .xlsx manifest (default: the first)")
    .option("--encoding <name>", "encoding of a manifest that is not UTF-8")
    .option("--ledger <file>", "record of ids (default: .qgfx/ledger.db beside the manifest)");
  addOutputOptions(addUrlOptions(command)).action(
    async (files: string[], given: FillOptions & OutputOptions) => {
      checkOptions(given);
      const { fill } = await import("../../jobs/fill.ts");
      const { formatFilled } = await import("../../render/fill-text.ts");
      const options = { ...UNUSED, ...given };
      await runJob(
        context,
        options,
        (host) => fill(files, options, host),
        (document) => formatFilled(document, options.check),
      );
    },
  );
}

/** Nothing is sent. */
const UNUSED = { concurrency: MOST_CONCURRENCY, rate: DEFAULT_RATE, maxSize: DEFAULT_MAX_BYTES };

function checkOptions({ check, replaced, inPlace, out, yes }: FillOptions): void {
  const given = [
    ...(check ? ["--check"] : []),
    ...(out === undefined ? [] : ["--out"]),
    ...(inPlace ? ["--in-place"] : []),
  ];
  if (given.length > 1) {
    throw new UserError("OPTION_CONFLICT", `${given.join(" and ")} do not go together`, {
      hint: "give one of them",
    });
  }
  if (check && replaced) {
    const message = "--check writes nothing, so --replaced does nothing";
    throw new UserError("OPTION_CONFLICT", message, {
      hint: "leave --replaced out to see the old IDs, --check to replace them",
    });
  }
  if (!yes || inPlace) return;
  throw new UserError("OPTION_CONFLICT", "--yes does nothing without --in-place", {
    hint: "leave --yes out",
  });
}

const FETCH_EXAMPLES = `
Each graphic is saved once, under its ID; graphics.csv beside them is a manifest that has the IDs. No token is needed:
graphics are public. Exit code 3 when one could not be saved; each is listed.

Examples:
  $ qgfx fetch survey.qsf -o pictures
  $ qgfx fetch summer.results.csv page.html -o archive
  $ qgfx fetch IM_3xAmpLe12345 -o pictures --host fra1.qualtrics.com`;

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
    .option("--concurrency <n>", "most requests under way at once", parseWhole(1, 32), 8)
    .option("--rate <n>", "requests a minute at most", parseWhole(1, 10_000_000), DEFAULT_RATE)
    .addHelpText("after", FETCH_EXAMPLES);
  addOutputOptions(command).action(async (files: string[], given: FetchOptions & OutputOptions) => {
    const { fetchUsed } = await import("../../jobs/fetch.ts");
    const { formatFetched } = await import("../../render/fill-text.ts");
    const options = { ...given, maxSize: DEFAULT_MAX_BYTES };
    await runJob(context, options, (host) => fetchUsed(files, options, host), formatFetched);
  });
}
