import type { Command } from "commander";
import type { AdoptOptions } from "../../jobs/adopt.ts";
import type { MergeOptions } from "../../jobs/merge.ts";
import type { ResolveOptions } from "../../jobs/resolve.ts";
import type { JobHost } from "../../jobs/watcher.ts";
import {
  addCommonOptions,
  addManifestCommand,
  addShardOption,
  type CommonOptions,
  collect,
  type OutputOptions,
} from "../common-options.ts";
import type { CommandContext } from "../host-process.ts";
import { runJob } from "../run-job.ts";

const ADOPT_EXAMPLES = `
IDs come from the manifest's own graphicId column, or with --from from a list: lines of a name and an ID as they
are copied from Qualtrics (Account Settings, Qualtrics IDs) or a spreadsheet, with or without header and folder;
a CSV or .xlsx; JSON, {name: id} or [{name, id}]; what 'qgfx results' writes. Each graphic is fetched from its URL
and compared with the row's file. What fits is shown, and nothing is recorded before you agree. Nothing is
uploaded or deleted.

Examples:
  $ qgfx adopt summer.csv
  $ qgfx adopt summer.csv --from ids.json
  $ qgfx adopt summer.csv --from -          # paste the list, then press Ctrl-D
  $ pbpaste | qgfx adopt summer.csv --from - --yes
  $ qgfx adopt summer.csv --from old-results.csv --force   # also where the library re-encoded the image`;

/** `qgfx adopt M`: takes ids of an earlier script into the record. */
export function registerAdopt(program: Command, context: CommandContext): void {
  const command = addManifestCommand(program, "adopt")
    .description("take over the ids of an earlier script, so that nothing is uploaded again")
    .option(
      "--from <file>",
      "list of names and IDs, - for standard input (default: the manifest itself)",
    )
    .option("-y, --yes", "with --from: do not ask for confirmation")
    .option("--force", "also adopt ids whose graphic differs or is recorded otherwise")
    .addHelpText("after", ADOPT_EXAMPLES);
  addCommonOptions(command).action(async (file: string, options: AdoptOptions & OutputOptions) => {
    const { adopt } = await import("../../jobs/adopt.ts");
    const { formatAdoption } = await import("../../render/record-text.ts");
    await runJob(context, options, (host) => adopt(file, options, host), formatAdoption);
  });
}

const RESOLVE_EXAMPLES = `
Without --landed and --absent it lists the uploads that got no answer. Look for them in the library, then say
what you found: by the line in the manifest, by name, or by folder and name. Or give the whole list of the library
with --from: Qualtrics shows it under Account Settings, Qualtrics IDs. It may be copied or saved in any way that
'qgfx adopt --from' reads. What fits is shown, and nothing is recorded before you agree.

Examples:
  $ qgfx resolve summer.csv
  $ qgfx resolve summer.csv --landed 12=IM_3xAmpLe12345 --absent 15
  $ qgfx resolve summer.csv --absent 31,17
  $ qgfx resolve summer.csv --absent "Summer/Old name"
  $ qgfx resolve summer.csv --from -           # paste the list, then press Ctrl-D
  $ qgfx resolve summer.csv --from list.txt --absent all --yes
  $ qgfx resolve summer.csv --absent all       # the next apply uploads them again`;

/** `qgfx resolve M`: settles uploads that got no answer, as the user found them in the library. */
export function registerResolve(program: Command, context: CommandContext): void {
  const command = addManifestCommand(program, "resolve")
    .description("settle uploads that got no answer: they landed, or they did not")
    .option("--landed <row=id>", "it is in the library, under this id (repeatable)", collect, [])
    .option("--absent <rows|all>", "it is not in the library (repeatable)", collect, [])
    .option("--from <file>", "list of the library's names and IDs, - for standard input")
    .option("-y, --yes", "with --from: do not ask for confirmation")
    .addHelpText("after", RESOLVE_EXAMPLES);
  addShardOption(addCommonOptions(command)).action(
    async (file: string, options: ResolveOptions & OutputOptions) => {
      const { resolveUnknowns } = await import("../../jobs/resolve.ts");
      const { formatResolution } = await import("../../render/record-text.ts");
      const { describeResolution } = await import("../../report/resolution.ts");
      const job = (host: JobHost) => resolveUnknowns(file, options, host);
      await runJob(context, options, job, formatResolution, { json: describeResolution });
    },
  );
}

const VERIFY_EXAMPLES = `
exact: the same bytes. re-encoded: other bytes, an image of the same width and height. Exit code 3 when a
graphic is different, missing or cannot be reached. No token is needed: graphics are public.

Examples:
  $ qgfx verify summer.csv
  $ qgfx verify summer.csv --rate 60 --concurrency 1
  $ qgfx verify summer.csv --json | jq '.graphics[] | select(.verdict != "exact")'`;

/** `qgfx verify M`: compares every recorded graphic in the library with what was sent. */
export function registerVerify(program: Command, context: CommandContext): void {
  const command = addManifestCommand(program, "verify")
    .description("fetch every recorded graphic from the library and compare it with what was sent")
    .addHelpText("after", VERIFY_EXAMPLES);
  addCommonOptions(command).action(async (file: string, options: CommonOptions) => {
    const { verify } = await import("../../jobs/verify.ts");
    const { formatVerification } = await import("../../render/record-text.ts");
    await runJob(context, options, (host) => verify(file, options, host), formatVerification);
  });
}

const HISTORY_EXAMPLES = `
Examples:
  $ qgfx history summer.csv
  $ qgfx history summer.csv --json | jq '.runs[-1]'`;

/** `qgfx history M`: the manifest's runs: when, who, counts, exit code. */
export function registerHistory(program: Command, context: CommandContext): void {
  const command = addManifestCommand(program, "history")
    .description("list the manifest's runs: when, who, what they did, how they ended")
    .addHelpText("after", HISTORY_EXAMPLES);
  addCommonOptions(command).action(async (file: string, options: CommonOptions) => {
    const { listRuns } = await import("../../jobs/history.ts");
    const { formatHistory } = await import("../../render/record-text.ts");
    await runJob(context, options, (host) => listRuns(file, options, host), formatHistory);
  });
}

const EXPLAIN_EXAMPLES = `
It tells what apply would do and why, the file's bytes and the recorded ones, every graphic that was ever at
this folder and name, and every attempt with its time and answer. The header of a CSV is line 1.

Examples:
  $ qgfx explain summer.csv 12
  $ qgfx explain summer.csv "Old tree"
  $ qgfx explain summer.csv 12 --json | jq '.runs[].attempts'`;

/** `qgfx explain M LINE`: why a row is created, replaced, unchanged or unknown. */
export function registerExplain(program: Command, context: CommandContext): void {
  const command = addManifestCommand(program, "explain")
    .description("tell why a row is created, replaced, unchanged or unknown, and what was tried")
    .argument(
      "<row>",
      "line of the manifest where the row starts, or the row's name or folder/name",
    )
    .addHelpText("after", EXPLAIN_EXAMPLES);
  addCommonOptions(command).action(async (file: string, row: string, options: CommonOptions) => {
    const { explain } = await import("../../jobs/history.ts");
    const { formatExplanation } = await import("../../render/plan-text.ts");
    await runJob(context, options, (host) => explain(file, row, options, host), formatExplanation);
  });
}

const MERGE_EXAMPLES = `
Every attempt, graphic and unknown of the shards' ledgers goes into the manifest's own, and its results CSV is
written. The shards' files stay as they are, and merging again changes nothing. Where the ledger of a part is missing,
nothing is written before you say --allow-missing: its rows would be sent again. Where two ledgers have each
a current graphic at one folder and name, nothing is written before you say --latest.

Examples:
  $ qgfx merge summer.csv                      # ledgers that stand beside the manifest's own
  $ qgfx merge summer.csv --ledgers shards/*/*.db
  $ qgfx merge summer.csv --json | jq .summary
  $ qgfx merge summer.csv --latest             # of two graphics the one uploaded last counts`;

/** `qgfx merge M`: one ledger and one results CSV from those of the shards. */
export function registerMerge(program: Command, context: CommandContext): void {
  const command = addManifestCommand(program, "merge")
    .description("put the ledgers of --shard runs into one, and write the results of all")
    .option(
      "--ledgers <files...>",
      "ledgers to take in (default: the shards' beside the manifest's)",
    )
    .option("--allow-missing", "merge although the ledger of a part is not there")
    .option("--latest", "at a folder and name with two current graphics keep the later upload")
    .addHelpText("after", MERGE_EXAMPLES);
  addCommonOptions(command).action(async (file: string, options: MergeOptions & OutputOptions) => {
    const { mergeShards } = await import("../../jobs/merge.ts");
    const { formatMerge } = await import("../../render/record-text.ts");
    await runJob(context, options, (host) => mergeShards(file, options, host), formatMerge);
  });
}
