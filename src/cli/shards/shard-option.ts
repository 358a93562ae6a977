import { type Command, InvalidArgumentError, Option } from "commander";
import { MOST_SHARDS, parseShard, type Shard } from "../../plan/shard.ts";

/** Adds `--shard K/N`: the command is about one part of the manifest. */
export function addShardOption(command: Command): Command {
  return command
    .optionsGroup("Several machines:")
    .addOption(
      new Option(
        "--shard <K/N>",
        "the K-th of N parts, with a ledger and results of its own; see merge",
      ).argParser(parseShardOption),
    );
}

function parseShardOption(text: string): Shard {
  const shard = parseShard(text);
  if (shard) return shard;
  throw new InvalidArgumentError(
    `expected K/N, K from 1 to N and N at most ${MOST_SHARDS}, for example 2/4.`,
  );
}
