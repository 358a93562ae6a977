import { type Command, InvalidArgumentError, Option } from "commander";
import {
  DEFAULT_MAX_BYTES,
  DEFAULT_PAGE_IMAGE_BYTES,
  DEFAULT_RATE,
  type JobOptions,
  MOST_CONCURRENCY,
} from "../jobs/options.ts";
import { NAME_QUOTES } from "../manifest/manifest.ts";
import { URL_PATHS } from "../plan/service.ts";
import { MOST_SHARDS, parseShard, type Shard } from "../plan/shard.ts";

/** What decides how output looks. */
export interface OutputOptions {
  json?: boolean;
  color: boolean;
  quiet?: boolean;
}

/** The options most commands share, as the user gave them. */
export type CommonOptions = JobOptions & OutputOptions;

/** A command about a manifest, which it takes first. */
export function addManifestCommand(program: Command, name: string): Command {
  const manifest = "CSV, Excel or YAML file, one image a row";
  return program.command(name).argument("<manifest>", manifest);
}

/** Adds the options every command with a manifest takes, so that one set of flags serves a whole job. */
export function addCommonOptions(command: Command): Command {
  command
    .optionsGroup("Where graphics go:")
    .option("--host <host>", "service, a URL or a host name (default: QUALTRICS_BASE_URL)")
    .option("--library <id>", "library id, UR_… or GR_… (default: QUALTRICS_LIBRARY_ID)")
    .option("--folder <name>", "folder for rows that name none")
    .option("--sandbox", "use the built-in stand-in for Qualtrics: no account, no token");
  addTokenOption(command)
    .optionsGroup("Files:")
    .option("--sheet <name>", "sheet of an .xlsx manifest (default: the first)")
    .option(
      "--encoding <name>",
      "encoding of a CSV that is not UTF-8, as windows-1251 or shift_jis",
    )
    .option("--ledger <file>", "record of ids (default: .qgfx/ledger.db beside the manifest)")
    .option("--results <file>", "results file (default: beside the manifest)")
    .option("--root <dir>", "images must lie under it (default: the manifest's folder)")
    .addOption(
      new Option("--max-size <MB>", "largest image, in MB")
        .argParser(parseMegabytes((size) => size > 0, "more than 0 and at most 1024"))
        .default(DEFAULT_MAX_BYTES, "5"),
    );
  addUploadOptions(command);
  return addOutputOptions(command);
}

function addUploadOptions(command: Command): void {
  command
    .optionsGroup("Uploads:")
    .addOption(
      new Option("--concurrency <n>", "most uploads under way at once")
        .argParser(parseWhole(1, MOST_CONCURRENCY))
        .default(MOST_CONCURRENCY, `what the run finds best, up to ${MOST_CONCURRENCY}`),
    )
    .option("--rate <n>", "requests a minute at most", parseWhole(1, 10_000_000), DEFAULT_RATE)
    .addOption(
      new Option("--unknown <policy>", "earlier uploads that got no answer").choices([
        "hold",
        "retry",
      ]),
    )
    .option("--share", "upload the same bytes once and give every row with them that id")
    .addOption(
      new Option(
        "--name-quotes <form>",
        'how " and \\ in names are sent: as browsers do (percent), or after a backslash (default: percent)',
      ).choices(NAME_QUOTES),
    );
}

/** Adds how the URLs of graphics are written. */
export function addUrlOptions(command: Command): Command {
  return command
    .option("--url-host <host>", "host in the addresses (default: the library's)")
    .addOption(new Option("--url-path <path>", "path in the addresses").choices(URL_PATHS));
}

/** Adds where the token may come from besides the environment. */
export function addTokenOption(command: Command): Command {
  return command.option(
    "--token-file <file>",
    "API token, in a file only you can read (default: QUALTRICS_API_KEY)",
  );
}

/** Keeps what a repeatable option is given. */
export function collect(value: string, before: readonly string[] = []): string[] {
  return [...before, value];
}

/** Adds what decides how output looks. */
export function addOutputOptions(command: Command): Command {
  return command
    .optionsGroup("Output:")
    .option("--json", "print JSON on stdout and nothing else")
    .option("--no-color", "print without colors (as NO_COLOR does)")
    .option("--quiet", "no progress and no notes");
}

const BYTES_PER_MB = 1024 * 1024;

/** A parser for megabytes up to 1024, as whole bytes. */
function parseMegabytes(isFitting: (megabytes: number) => boolean, expected: string) {
  return (text: string): number => {
    const megabytes = text.trim() === "" ? Number.NaN : Number(text.replace(/\s*MB$/i, ""));
    if (isFitting(megabytes) && megabytes <= 1024) return Math.floor(megabytes * BYTES_PER_MB);
    throw new InvalidArgumentError(`expected megabytes, ${expected}.`);
  };
}

/** A parser for whole numbers from `min` to `max`. */
export function parseWhole(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= min && value <= max) return value;
    throw new InvalidArgumentError(`expected a whole number from ${min} to ${max}.`);
  };
}

/** Adds `--shard K/N`: the command is about one part of the manifest. */
export function addShardOption(command: Command): Command {
  return command
    .optionsGroup("Several machines:")
    .option(
      "--shard <K/N>",
      "the K-th of N parts, with a ledger and results of its own; see merge",
      parseShardOption,
    );
}

function parseShardOption(text: string): Shard {
  const shard = parseShard(text);
  if (shard) return shard;
  throw new InvalidArgumentError(
    `expected K/N, K from 1 to N and N at most ${MOST_SHARDS}, for example 2/4.`,
  );
}

/** Adds what plan and apply take: the common options, a part, the page, and what scripts rely on. */
export function addPlanOptions(command: Command): Command {
  addCommonOptions(command)
    .optionsGroup("A page to look at:")
    .option("--html <file>", "write one HTML page with every image, to be opened in a browser")
    .option("--html-old", "fetch replaced images from their URLs, to show the old beside the new")
    .option(
      "--html-pictures <MB>",
      `most that images may take in the page, 0 for none (default: ${DEFAULT_PAGE_IMAGE_BYTES / BYTES_PER_MB})`,
      parseMegabytes((size) => size >= 0, "from 0 to 1024"),
    );
  return addShardOption(command)
    .optionsGroup("In scripts:")
    .option("--require-record", "stop where neither ledger nor results hold anything yet");
}
