import type { Command } from "commander";
import { addCommonOptions, type CommonOptions } from "../common-options.ts";
import type { CommandContext } from "../host-process.ts";
import { runJob } from "../run-job.ts";

const EXAMPLES = `
exact: the same bytes. re-encoded: other bytes, an image of the same width and height. Exit code 3 when a
graphic is different, missing or cannot be reached. No token is needed: graphics are public.

Examples:
  $ qgfx verify summer.csv
  $ qgfx verify summer.csv --rate 60 --concurrency 1
  $ qgfx verify summer.csv --json | jq '.graphics[] | select(.verdict != "exact")'`;

/** `qgfx verify M`: compares every recorded graphic in the library with what was sent. */
export function registerVerify(program: Command, context: CommandContext): void {
  const command = program
    .command("verify")
    .description("fetch every recorded graphic from the library and compare it with what was sent")
    .argument("<manifest>", "CSV, Excel or YAML file, one image a row")
    .addHelpText("after", EXAMPLES);
  addCommonOptions(command).action(async (file: string, options: CommonOptions) => {
    const { verify } = await import("../../jobs/verify.ts");
    const { formatVerification } = await import("../../render/record-text.ts");
    await runJob(context, options, (host) => verify(file, options, host), formatVerification);
  });
}
