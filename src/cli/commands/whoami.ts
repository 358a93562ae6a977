import type { Command } from "commander";
import type { Account } from "../../report/account.ts";
import type { AccountOptions } from "../account/open-account.ts";
import { addOutputOptions, addTokenOption } from "../common-options.ts";
import type { CommandContext } from "../host-process.ts";
import { Terminal } from "../terminal.ts";

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
  addOutputOptions(command).action((options: AccountOptions) => whoami(options, context));
}

async function whoami(options: AccountOptions, { process }: CommandContext): Promise<void> {
  const { withAccount } = await import("../account/open-account.ts");
  const { formatAccount } = await import("../../render/account-text.ts");
  const terminal = new Terminal(process, options);
  const account = await withAccount(options, process, terminal, (client) => client.whoami());
  const document: Account = { version: 1, ...account };
  terminal.product(options.json ? JSON.stringify(document, null, 2) : formatAccount(document));
}
