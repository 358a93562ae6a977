import type { Answer, JobHost, JobMessage, JobQuestion, JobWatcher } from "../jobs/watcher.ts";
import { formatMessage, formatQuestion, formatRunEnd, planView } from "../render/job-text.ts";
import { formatPlan } from "../render/plan-text.ts";
import { ndjsonProgress, type Progress, plainProgress, SILENT } from "../render/progress.ts";
import { EXIT } from "../report/exit-code.ts";
import { ask, canAsk } from "./ask.ts";
import type { OutputOptions } from "./common-options.ts";
import type { HostProcess } from "./host-process.ts";
import type { Terminal } from "./terminal.ts";

/** Watches a job at the terminal, or in the pipe, that a command was given in. */
class TerminalWatcher implements JobWatcher {
  readonly #process: HostProcess;
  readonly #terminal: Terminal;
  readonly #options: OutputOptions;
  readonly #startProgress: () => Progress;
  #progress: Progress | undefined;

  constructor(
    process: HostProcess,
    terminal: Terminal,
    options: OutputOptions,
    startProgress: () => Progress = () => SILENT,
  ) {
    this.#process = process;
    this.#terminal = terminal;
    this.#options = options;
    this.#startProgress = startProgress;
  }

  tell(message: JobMessage): void {
    const { json, quiet } = this.#options;
    if (message.kind === "event") {
      this.#progress ??= this.#startProgress();
      this.#progress.show(message.event);
    } else if (message.kind === "plan" && message.purpose === "look") {
      this.#showPlan(message);
    } else if (message.kind === "run-ended") {
      if (json || quiet) return;
      this.#terminal.product(formatRunEnd(message.end));
      this.#say(message);
    } else this.#say(message);
  }

  async settled(): Promise<void> {
    await this.#progress?.close();
    this.#progress = undefined;
  }

  async ask(question: JobQuestion, signal: AbortSignal): Promise<Answer> {
    if (!canAsk(this.#process)) return "nobody";
    return (await ask(formatQuestion(question), this.#process, signal)) ? "yes" : "no";
  }

  #say(message: JobMessage): void {
    for (const { text, isWarning } of formatMessage(message, this.#terminal.errStyle)) {
      if (isWarning) this.#terminal.alarm(text);
      else this.#terminal.note(text);
    }
  }

  #showPlan(message: Extract<JobMessage, { kind: "plan" }>): void {
    const { document } = message;
    const view = planView(message, this.#terminal.outStyle);
    this.#terminal.product(
      this.#options.json ? JSON.stringify(document, null, 2) : formatPlan(document, view),
    );
  }
}

/** What a job gets from a command. `startProgress` is called where a run begins. */
export function jobHost(
  process: HostProcess,
  terminal: Terminal,
  options: OutputOptions,
  startProgress?: () => Progress,
): JobHost {
  const watcher = new TerminalWatcher(process, terminal, options, startProgress);
  return { cwd: process.cwd, env: process.env, watcher, onInterrupt: interrupting(process) };
}

const QUIT =
  "quit at once: what was under way is unknown until it is looked for; the same command goes on from here";

/**
 * Ctrl-C, SIGTERM and a terminal that is closed: the first stops new uploads and lets those in flight finish, the
 * second ends the process at once (the ledger has what was done). One terminal that is closed may hang up twice.
 */
function interrupting(process: HostProcess): JobHost["onInterrupt"] {
  return (listener) => {
    let isInterrupted = false;
    return process.onSignal((signal) => {
      if (isInterrupted && signal === "SIGHUP") return;
      if (isInterrupted) process.exitNow(EXIT.interrupted, QUIT);
      isInterrupted = true;
      listener();
    });
  };
}

/** NDJSON for `--json`, nothing for `--quiet`, a live view on a terminal, plain lines elsewhere. */
export async function chooseProgress(
  options: OutputOptions,
  { stdout, stderr, env }: HostProcess,
  { errStyle }: Terminal,
): Promise<() => Progress> {
  if (options.json) return () => ndjsonProgress(stdout);
  if (options.quiet) return () => SILENT;
  const isLive = stderr.isTTY === true && !env.CI && env.TERM !== "dumb";
  if (!isLive) return () => plainProgress(stderr, errStyle);
  const { liveProgress } = await import("../render/live-progress.ts");
  return () => liveProgress(stderr as NodeJS.WriteStream, errStyle);
}
