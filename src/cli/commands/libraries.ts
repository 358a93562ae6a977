import type { Command } from "commander";
import type { Libraries } from "../../report/account.ts";
import type { AccountOptions } from "../account/open-account.ts";
import { addOutputOptions, addTokenOption } from "../common-options.ts";
import type { CommandContext } from "../host-process.ts";
import { Terminal } from "../terminal.ts";

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
  addOutputOptions(command).action((options: AccountOptions) => libraries(options, context));
}

async function libraries(options: AccountOptions, { process }: CommandContext): Promise<void> {
  const { withAccount } = await import("../account/open-account.ts");
  const { formatLibraries } = await import("../../render/account-text.ts");
  const terminal = new Terminal(process, options);
  const found = await withAccount(options, process, terminal, (client) => client.libraries());
  const document: Libraries = { version: 1, libraries: found };
  terminal.product(options.json ? JSON.stringify(document, null, 2) : formatLibraries(document));
}
