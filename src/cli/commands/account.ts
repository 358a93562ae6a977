import { type Command, Option } from "commander";
import type { AccountOptions, DoctorOptions } from "../../jobs/account.ts";
import type { ProbeOptions } from "../../jobs/probe-requests.ts";
import type { SetupOptions } from "../../jobs/setup.ts";
import { UserError } from "../../user-error.ts";
import { addOutputOptions, addTokenOption, type OutputOptions } from "../common-options.ts";
import type { CommandContext } from "../host-process.ts";
import { runJob } from "../run-job.ts";

/** A command that asks the service about the account. */
function addAccountCommand(program: Command, name: string): Command {
  const command = program
    .command(name)
    .option("--host <host>", "service, a URL or a host name (default: QUALTRICS_BASE_URL)");
  return addOutputOptions(addTokenOption(command));
}

const WHOAMI_EXAMPLES = `
Examples:
  $ QUALTRICS_API_KEY=… qgfx whoami --host fra1.qualtrics.com
  $ qgfx whoami --token-file ~/.qualtrics-token --json`;

/** `qgfx whoami`: checks the token and says whose it is. */
export function registerWhoami(program: Command, context: CommandContext): void {
  addAccountCommand(program, "whoami")
    .description("check the token: whose it is, and where the account lives")
    .addHelpText("after", WHOAMI_EXAMPLES)
    .action(async (options: AccountOptions & OutputOptions) => {
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
  addAccountCommand(program, "libraries")
    .description("list your libraries and the ids that --library takes")
    .addHelpText("after", LIBRARIES_EXAMPLES)
    .action(async (options: AccountOptions & OutputOptions) => {
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
  const { askText } = await import("../terminal.ts");
  const ask = (question: { kind: "probe-list" }) => askText(question, context.process);
  await runJob(context, options, (host) => jobs.probe(options, host, ask), formatProbe);
}

const SETUP_EXAMPLES = `
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
    .addHelpText("after", SETUP_EXAMPLES);
  addOutputOptions(command).action(
    async (options: SetupOptions & OutputOptions & { show?: boolean; forget?: boolean }) => {
      const { forgetSetup, setup, showSetup } = await import("../../jobs/setup.ts");
      const { formatSetup } = await import("../../render/account-text.ts");
      const { askText } = await import("../terminal.ts");
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
