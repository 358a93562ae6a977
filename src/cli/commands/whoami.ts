import type { Command } from "commander";
import type { AccountOptions } from "../../jobs/account.ts";
import { addOutputOptions, addTokenOption, type OutputOptions } from "../common-options.ts";
import type { CommandContext } from "../host-process.ts";
import { runJob } from "../run-job.ts";

const EXAMPLES = `
Examples:
  $ QUALTRICS_API_KEY=… qgfx whoami --host fra1.qualtrics.com
  $ qgfx whoami --token-file ~/.qualtrics-token --json`;

/** `qgfx whoami`: checks the token and says whose it is. */
export function registerWhoami(program: Command, context: CommandContext): void {
  const command = program
    .command("whoami")
    .description("check the token: whose it is, and where the account lives")
    .option("--host <host>", "service, a URL or a host name (default: QUALTRICS_BASE_URL)")
    .addHelpText("after", EXAMPLES);
  addTokenOption(command);
  addOutputOptions(command).action(async (options: AccountOptions & OutputOptions) => {
    const { whoami } = await import("../../jobs/account.ts");
    const { formatAccount } = await import("../../render/account-text.ts");
    await runJob(context, options, (host) => whoami(options, host), formatAccount);
  });
}
