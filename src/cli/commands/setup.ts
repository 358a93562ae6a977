import { type Command, Option } from "commander";
import type { SetupOptions } from "../../jobs/setup.ts";
import { addOutputOptions, type OutputOptions } from "../common-options.ts";
import type { CommandContext } from "../host-process.ts";
import { runJob } from "../run-job.ts";

const EXAMPLES = `
Examples:
  $ qgfx setup
  $ qgfx setup --show
  $ qgfx setup --forget
  $ qgfx setup --host fra1.qualtrics.com --token-file token.txt --library UR_3xAmpLe12345`;

/** `qgfx setup`: asks for address, token and library once, and keeps them for this user. */
export function registerSetup(program: Command, context: CommandContext): void {
  const command = program
    .command("setup")
    .description("ask for address, token and library, check them, and keep them for you")
    .option("--show", "print what is kept, without the token")
    .addOption(new Option("--forget", "remove what is kept").conflicts("show"))
    .option("--host <host>", "address of the account, in place of the question")
    .option(
      "--token-file <file>",
      "API token, in a file only you can read, in place of the question",
    )
    .option("--library <id>", "library id, in place of the question")
    .addHelpText("after", EXAMPLES);
  addOutputOptions(command).action(
    async (options: SetupOptions & OutputOptions & { show?: boolean; forget?: boolean }) => {
      const { forgetSetup, setup, showSetup } = await import("../../jobs/setup.ts");
      const { formatSetup } = await import("../../render/account-text.ts");
      const { askText } = await import("../ask-text.ts");
      await runJob(
        context,
        options,
        (host) => {
          if (options.forget) return forgetSetup(host);
          if (options.show) return showSetup(host);
          return setup(options, host, (question) => askText(question, context.process));
        },
        formatSetup,
      );
    },
  );
}
