import type { Command } from "commander";
import type { AccountOptions, DoctorOptions } from "../../jobs/account.ts";
import type { ProbeOptions } from "../../jobs/probe.ts";
import { UserError } from "../../user-error.ts";
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
  $ qgfx doctor --json | jq '.checks[] | select(.status != "ok")'
  $ qgfx doctor --probe                        # asks before each request
  $ qgfx doctor --probe --yes --large --out probe.md`;

type ProbingOptions = DoctorOptions & ProbeOptions & OutputOptions & { probe?: boolean };

/** `qgfx doctor`: Node, host, clock, token, library, disk and ledger, and what to do about each. */
export function registerDoctor(program: Command, context: CommandContext): void {
  const command = program
    .command("doctor")
    .description(
      "check Node, host, clock, token, library, disk and ledger; sends no image without --probe",
    )
    .argument("[manifest]", "whose folder and ledger are looked at (default: the working folder)")
    .option("--host <host>", "service, a URL or a host name (default: QUALTRICS_BASE_URL)")
    .option("--library <id>", "library id, UR_… or GR_… (default: QUALTRICS_LIBRARY_ID)")
    .option("--ledger <file>", "record of ids (default: .qgfx/ledger.db beside the manifest)")
    .option(
      "--probe",
      "find out how your account answers: uploads images of one pixel, as you agree, and deletes them",
    )
    .option("-y, --yes", "with --probe: do not ask before each request")
    .option("--large", "with --probe --yes: also try an image of 6 MB")
    .option("--out <file>", "with --probe: the report, to be shared (default: qgfx-probe.md)")
    .addHelpText("after", DOCTOR_EXAMPLES);
  addTokenOption(command);
  addOutputOptions(command).action(async (file: string | undefined, options: ProbingOptions) => {
    if (options.probe) return probe(file, options, context);
    refuseWithoutProbe(options);
    const { doctor } = await import("../../jobs/account.ts");
    const { formatDiagnosis } = await import("../../render/account-text.ts");
    const { version } = process;
    await runJob(context, options, (host) => doctor(file, options, host, version), formatDiagnosis);
  });
}

function refuseWithoutProbe(options: ProbingOptions): void {
  const [given] = (["yes", "large", "out"] as const).filter((name) => options[name] !== undefined);
  if (given === undefined) return;
  throw new UserError("OPTION_CONFLICT", `--${given} is for --probe`, {
    hint: `add --probe, or leave --${given} out`,
  });
}

async function probe(
  file: string | undefined,
  options: ProbingOptions,
  context: CommandContext,
): Promise<void> {
  if (file !== undefined || options.ledger !== undefined) {
    const what = file === undefined ? "--ledger" : "manifest";
    throw new UserError("OPTION_CONFLICT", `--probe takes no ${what}`, {
      hint: "leave it out: the probe has a ledger of its own",
    });
  }
  const jobs = await import("../../jobs/probe.ts");
  const { formatProbe } = await import("../../render/account-text.ts");
  const { askText } = await import("../ask-text.ts");
  const ask = (question: { kind: "probe-list" }) => askText(question, context.process);
  await runJob(context, options, (host) => jobs.probe(options, host, ask), formatProbe);
}
