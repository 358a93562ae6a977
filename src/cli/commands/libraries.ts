import type { Command } from "commander";
import type { AccountOptions } from "../../jobs/account.ts";
import { addOutputOptions, addTokenOption, type OutputOptions } from "../common-options.ts";
import type { CommandContext } from "../host-process.ts";
import { runJob } from "../run-job.ts";

const EXAMPLES = `
Examples:
  $ QUALTRICS_API_KEY=… qgfx libraries --host fra1.qualtrics.com
  $ qgfx libraries --json | jq -r '.libraries[].libraryId'`;

/** `qgfx libraries`: the libraries the token can reach, with the ids that --library takes. */
export function registerLibraries(program: Command, context: CommandContext): void {
  const command = program
    .command("libraries")
    .description("list your libraries and the ids that --library takes")
    .option("--host <host>", "service, a URL or a host name (default: QUALTRICS_BASE_URL)")
    .addHelpText("after", EXAMPLES);
  addTokenOption(command);
  addOutputOptions(command).action(async (options: AccountOptions & OutputOptions) => {
    const { libraries } = await import("../../jobs/account.ts");
    const { formatLibraries } = await import("../../render/account-text.ts");
    await runJob(context, options, (host) => libraries(options, host), formatLibraries);
  });
}
