import { type Command, InvalidArgumentError, Option } from "commander";
import type { UnknownPolicy } from "../plan/decide-action.ts";
import type { Shard } from "../plan/shard.ts";
import { DEFAULT_CONCURRENCY, DEFAULT_MAX_BYTES, DEFAULT_RATE } from "./defaults.ts";

/** The options most commands share, as the user gave them. */
export interface CommonOptions {
  host?: string;
  library?: string;
  folder?: string;
  /** Sheet of an .xlsx manifest. */
  sheet?: string;
  ledger?: string;
  results?: string;
  root?: string;
  tokenFile?: string;
  sandbox?: boolean;
  json?: boolean;
  color: boolean;
  quiet?: boolean;
  concurrency: number;
  /** Requests a minute. */
  rate: number;
  unknown?: UnknownPolicy;
  /** Whether rows with the same bytes share one upload. */
  share?: boolean;
  /** The part of the manifest the command is about; the whole without. */
  shard?: Shard;
  /** Bytes. */
  maxSize: number;
}

/** Adds the options every command with a manifest takes, so that one set of flags serves a whole job. */
export function addCommonOptions(command: Command): Command {
  command
    .optionsGroup("Where graphics go:")
    .option("--host <host>", "service, a URL or a host name (default: QUALTRICS_BASE_URL)")
    .option("--library <id>", "library id, UR_… or GR_… (default: QUALTRICS_LIBRARY_ID)")
    .option("--folder <name>", "folder for rows that name none")
    .option("--sandbox", "use the built-in stand-in for the service: no account, no token");
  addTokenOption(command)
    .optionsGroup("Files:")
    .option("--sheet <name>", "sheet of an .xlsx manifest (default: the first)")
    .option("--ledger <file>", "record of ids (default: .qgfx/ledger.db beside the manifest)")
    .option("--results <file>", "results file (default: beside the manifest)")
    .option("--root <dir>", "pictures must lie under it (default: the manifest's folder)")
    .addOption(
      new Option("--max-size <MB>", "largest picture, in MB")
        .argParser(parseMegabytes)
        .default(DEFAULT_MAX_BYTES, "5"),
    );
  addUploadOptions(command);
  return addOutputOptions(command);
}

function addUploadOptions(command: Command): void {
  command
    .optionsGroup("Uploads:")
    .addOption(
      new Option("--concurrency <n>", "uploads under way at once")
        .argParser(parseWhole(1, 64))
        .default(DEFAULT_CONCURRENCY),
    )
    .addOption(
      new Option("--rate <n>", "requests a minute at most")
        .argParser(parseWhole(1, 10_000_000))
        .default(DEFAULT_RATE),
    )
    .addOption(
      new Option("--unknown <policy>", "earlier uploads that got no answer").choices([
        "hold",
        "retry",
      ]),
    )
    .option("--share", "upload the same bytes once and give every row with them that id");
}

/** Adds where the token may come from besides the environment. */
export function addTokenOption(command: Command): Command {
  return command.option(
    "--token-file <file>",
    "API token, in a file only you can read (default: QUALTRICS_API_KEY)",
  );
}

/** Adds what decides how output looks. */
export function addOutputOptions(command: Command): Command {
  return command
    .optionsGroup("Output:")
    .option("--json", "print JSON on stdout and nothing else")
    .option("--no-color", "print without colours (as NO_COLOR does)")
    .option("--quiet", "no progress and no notes");
}

const BYTES_PER_MB = 1024 * 1024;

function parseMegabytes(text: string): number {
  const megabytes = Number(text.replace(/\s*MB$/i, ""));
  if (!(megabytes > 0 && megabytes <= 1024)) {
    throw new InvalidArgumentError("expected megabytes, more than 0 and at most 1024.");
  }
  return Math.floor(megabytes * BYTES_PER_MB);
}

/** A parser for whole numbers from `min` to `max`. */
export function parseWhole(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= min && value <= max) return value;
    throw new InvalidArgumentError(`expected a whole number from ${min} to ${max}.`);
  };
}
