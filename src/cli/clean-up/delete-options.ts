import { type Command, Option } from "commander";
import { addCommonOptions, parseWhole } from "../common-options.ts";

const MAX_DELETE = 50;

/** Adds what the commands that delete take: confirmation and a limit, and the common options. */
export function addDeleteOptions(command: Command): Command {
  command
    .option("-y, --yes", "do not ask for confirmation")
    .addOption(
      new Option("--max-delete <n>", "refuse to delete more graphics than this")
        .argParser(parseWhole(0, 1_000_000))
        .default(MAX_DELETE),
    );
  return addCommonOptions(command);
}
