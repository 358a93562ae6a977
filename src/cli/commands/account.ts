import type { Command } from "commander";
import type { AccountOptions, DoctorOptions } from "../../jobs/account.ts";
import { addOutputOptions, addTokenOption, type OutputOptions } from "../common-options.ts";
import type { CommandContext } from "../host-process.ts";
import { runJob } from "../run-job.ts";

const WHOAMI_EXAMPLES = `
Examples:
  $ QUALTRICS_API_KEY=… qgfx whoami --host fra1.qualtrics.com
  $ qgfx whoami --token-file ~/.qualtrics-token --json`;

/** `qgfx whoami`: checks the token and says whose it is. */
export function registerWhoami(program: Command, context: CommandContext): void {
  const command = program
    .command("whoami")
    .description("check the token: whose it is, and where the account lives")
    .option("--host <host>", "service, a URL or a host name (default: QUALTRICS_BASE_URL)")
    .addHelpText("after", WHOAMI_EXAMPLES);
  addTokenOption(command);
  addOutputOptions(command).action(async (options: AccountOptions & OutputOptions) => {
    const { whoami } = await import("../../jobs/account.ts");
    const { formatAccount } = await import("../../render/account-text.ts");
    await runJob(context, options, (host) => whoami(options, host), formatAccount);
  });
}

const LIBRARIES_EXAMPLES = `
Examples:
  $ QUALTRICS_API_KEY=… qgfx libraries --host fra1.qualtrics.com
  $ qgfx libraries --json | jq -r '.libraries[].libraryId'`;

/** `qgfx libraries`: the libraries the token can reach, with the ids that --library takes. */
export function registerLibraries(program: Command, context: CommandContext): void {
  const command = program
    .command("libraries")
    .description("list your libraries and the ids that --library takes")
    .option("--host <host>", "service, a URL or a host name (default: QUALTRICS_BASE_URL)")
    .addHelpText("after", LIBRARIES_EXAMPLES);
  addTokenOption(command);
  addOutputOptions(command).action(async (options: AccountOptions & OutputOptions) => {
    const { libraries } = await import("../../jobs/account.ts");
    const { formatLibraries } = await import("../../render/account-text.ts");
    await runJob(context, options, (host) => libraries(options, host), formatLibraries);
  });
}

const DOCTOR_EXAMPLES = `
Examples:
  $ qgfx doctor
  $ qgfx doctor summer.csv --host fra1.qualtrics.com --library UR_3xAmpLe12345
  $ qgfx doctor --json | jq '.checks[] | select(.status != "ok")'`;

/** `qgfx doctor`: Node, host, clock, token, library, disk and ledger, and what to do about each. */
export function registerDoctor(program: Command, context: CommandContext): void {
  const command = program
    .command("doctor")
    .description("check Node, host, clock, token, library, disk and ledger; sends no picture")
    .argument("[manifest]", "whose folder and ledger are looked at (default: the working folder)")
    .option("--host <host>", "service, a URL or a host name (default: QUALTRICS_BASE_URL)")
    .option("--library <id>", "library id, UR_… or GR_… (default: QUALTRICS_LIBRARY_ID)")
    .option("--ledger <file>", "record of ids (default: .qgfx/ledger.db beside the manifest)")
    .addHelpText("after", DOCTOR_EXAMPLES);
  addTokenOption(command);
  addOutputOptions(command).action(
    async (file: string | undefined, options: DoctorOptions & OutputOptions) => {
      const { doctor } = await import("../../jobs/account.ts");
      const { formatDiagnosis } = await import("../../render/account-text.ts");
      const { version } = process;
      await runJob(
        context,
        options,
        (host) => doctor(file, options, host, version),
        formatDiagnosis,
      );
    },
  );
}
