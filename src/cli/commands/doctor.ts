import type { Command } from "commander";
import type { DoctorOptions } from "../../jobs/doctor.ts";
import { addOutputOptions, addTokenOption, type OutputOptions } from "../common-options.ts";
import type { CommandContext } from "../host-process.ts";
import { runJob } from "../run-job.ts";

const EXAMPLES = `
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
    .addHelpText("after", EXAMPLES);
  addTokenOption(command);
  addOutputOptions(command).action(
    async (file: string | undefined, options: DoctorOptions & OutputOptions) => {
      const { doctor } = await import("../../jobs/doctor.ts");
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
