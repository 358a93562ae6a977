import type { JobHost, JobResult } from "../jobs/watcher.ts";
import type { Diagnostic } from "../manifest/diagnostic.ts";
import type { Progress } from "../render/progress.ts";
import { printJson, type Style } from "../render/terminal-text.ts";
import type { Failure } from "../report/manifest-documents.ts";
import { EXIT } from "../report/summary.ts";
import { plural } from "../report/units.ts";
import type { OutputOptions } from "./common-options.ts";
import type { CommandContext, HostProcess } from "./host-process.ts";

/**
 * Runs a job for whoever gave the command, prints its document and notes the exit code: `format` makes of it what a person
 * reads, if anything. A bug that came after the document was there is thrown on.
 */
export async function runJob<Document>(
  context: CommandContext,
  options: OutputOptions,
  job: (host: JobHost) => JobResult<Document> | Promise<JobResult<Document>>,
  format?: (document: Document, style: Style) => string | undefined,
  { json = (document) => document, next, progress, isData = false }: Showing<Document> = {},
): Promise<void> {
  const { Terminal } = await import("./terminal.ts");
  const { process } = context;
  const terminal = new Terminal(process, options, progress);
  const { cwd, env, configDir } = process;
  const readInput = () => terminal.readInput();
  const host = { cwd, env, configDir, watcher: terminal, readInput };
  const result = await job({ ...host, onInterrupt: interrupting(process) });
  const { exitCode, document, defect } = result;
  context.exitCode = exitCode;
  if (document !== undefined && format) {
    const shown = options.json ? printJson(json(document), 2) : format(document, terminal.outStyle);
    const asData = isData || options.json === true;
    if (shown !== undefined) terminal.product(shown, { isData: asData });
    for (const text of next?.(document) ?? []) terminal.tell({ kind: "note", text });
  }
  if (options.json && document === undefined) printEnd(process, exitCode, terminal.found);
  if (defect) throw defect.error;
}

/** Of a job that ended before it had a document: errors in its manifest, or no confirmation. */
function printEnd(process: HostProcess, exitCode: number, found: readonly Diagnostic[]): void {
  if (exitCode === EXIT.declined) {
    const message = "not confirmed; nothing was sent";
    printFailure(process, { code: "NOT_CONFIRMED", message, hint: "add --yes", exitCode });
  } else if (exitCode === EXIT.usage) {
    const errors = found.filter(({ severity }) => severity === "error").length;
    const message = `${plural(errors, "error")} found; nothing was sent`;
    printFailure(process, { code: "MANIFEST_INVALID", message, hint: HINT, exitCode }, found);
  }
}

const HINT = "each of `diagnostics` has a hint of its own";

interface Showing<Document> {
  /** What `--json` prints in the document's place. */
  json?: (document: Document) => unknown;
  /** Whether what is printed is to be pasted, and its lines are not to be divided. */
  isData?: boolean;
  /** What to do next, said after it. */
  next?: (document: Document) => string[];
  /** How a run is watched. */
  progress?: Progress;
}

const QUIT =
  "quit at once: what was under way is unknown until it is looked for; run the same command again to go on from here";

/**
 * Ctrl-C, SIGTERM and a terminal that is closed end the job early, and sooner at each further one. Where the job can do
 * no more about it the process ends (the ledger has what was done). One terminal that is closed may hang up twice.
 */
function interrupting(process: HostProcess): JobHost["onInterrupt"] {
  return (listener) => {
    let isInterrupted = false;
    return process.onSignal((signal) => {
      if (isInterrupted && signal === "SIGHUP") return;
      isInterrupted = true;
      if (!listener()) process.exitNow(EXIT.interrupted, QUIT);
    });
  };
}

/** NDJSON for `--json`, nothing for `--quiet`, a live view on a terminal, plain lines elsewhere. */
export async function chooseProgress(
  { json, quiet, color }: OutputOptions,
  { stdout, stderr, env }: HostProcess,
): Promise<Progress> {
  const { ndjsonProgress, plainProgress, SILENT } = await import("../render/progress.ts");
  const { createStyle } = await import("../render/terminal-text.ts");
  if (json) return ndjsonProgress(stdout);
  if (quiet) return SILENT;
  const style = createStyle({ stream: stderr, env, refused: !color });
  const isLive = stderr.isTTY === true && !env.CI && env.TERM !== "dumb";
  if (!isLive) return plainProgress(stderr, style);
  const { liveProgress } = await import("../render/live-progress.ts");
  return liveProgress(stderr as NodeJS.WriteStream, style);
}

/** Prints on stdout, in one line, why a command with `--json` failed. */
export function printFailure(
  { stdout }: Pick<HostProcess, "stdout">,
  error: Failure["error"],
  diagnostics?: readonly Diagnostic[],
): void {
  const found = diagnostics && { diagnostics: [...diagnostics] };
  const failure: Failure = { version: 1, error, ...found };
  if (!stdout.destroyed) stdout.write(`${printJson(failure)}\n`);
}
