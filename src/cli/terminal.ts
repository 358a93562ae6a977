import { createInterface } from "node:readline/promises";
import { Writable } from "node:stream";
import type { SetupQuestion } from "../jobs/setup.ts";
import {
  type Answer,
  type JobMessage,
  type JobQuestion,
  type JobWatcher,
  QuestionInterrupted,
} from "../jobs/watcher.ts";
import type { Diagnostic } from "../manifest/diagnostic.ts";
import { formatSetupQuestion } from "../render/account-text.ts";
import { formatFilling } from "../render/fill-text.ts";
import { formatMessage, formatQuestion, PROBE_LIST } from "../render/job-text.ts";
import { formatChange } from "../render/manifest-text.ts";
import { formatPlan } from "../render/plan-text.ts";
import { formatRunEnd, type Progress, SILENT } from "../render/progress.ts";
import { createStyle, printJson, type Style, wrapFor } from "../render/terminal-text.ts";
import type { FillDocument } from "../report/survey-documents.ts";
import type { OutputOptions } from "./common-options.ts";
import type { HostProcess, OutputStream } from "./host-process.ts";

/** Up to so many rows a run stays within 250 MB, even where garbage is collected late. */
const FEW_ROWS = 20_000;

/**
 * Watches a job at the terminal, or in the pipe, that a command was given in: the product goes to stdout, everything
 * else to stderr.
 */
export class Terminal implements JobWatcher {
  readonly outStyle: Style;
  /** The problems of manifests that it was told. */
  readonly found: Diagnostic[] = [];
  readonly #errStyle: Style;
  readonly #process: HostProcess;
  readonly #options: OutputOptions;
  readonly #progress: Progress;

  constructor(process: HostProcess, options: OutputOptions, progress: Progress = SILENT) {
    const { env, stdout, stderr } = process;
    const refused = !options.color;
    this.outStyle = createStyle({ stream: stdout, env, refused });
    this.#errStyle = createStyle({ stream: stderr, env, refused });
    this.#process = process;
    this.#options = options;
    this.#progress = progress;
  }

  /** Writes the product; never silenced. Data stays as it is, however wide the terminal. */
  product(text: string, { isData = false }: { isData?: boolean } = {}): void {
    const { stdout } = this.#process;
    if (!stdout.destroyed) stdout.write(`${isData ? text : wrapFor(stdout, text)}\n`);
  }

  tell(message: JobMessage): void {
    const { json, quiet } = this.#options;
    if (message.kind === "diagnostics") this.found.push(...message.found);
    if (message.kind === "plan" && message.document.actions.length <= FEW_ROWS) {
      this.#process.keepHeapSmall?.(false);
    }
    if (message.kind === "event") this.#progress.show(message.event);
    else if (message.kind === "plan" && message.purpose === "look") this.#showPlan(message);
    else if (message.kind === "repairs") this.#showRepairs(message);
    else if (message.kind === "filling") this.#showFilling(message.document);
    else if (message.kind !== "run-ended") this.#say(message);
    else if (!json && !quiet) {
      this.product(formatRunEnd(message.end));
      this.#say(message);
    }
  }

  async settled(): Promise<void> {
    await this.#progress.close();
  }

  /** Reads stdin to its end, or what is pasted at the terminal. */
  async readInput(): Promise<Uint8Array> {
    const { stdin, stderr } = this.#process;
    if (stdin.isTTY === true && stderr.isTTY === true) return readPasted(this.#process);
    const chunks: Uint8Array[] = [];
    for await (const chunk of stdin) chunks.push(Buffer.from(chunk));
    return Buffer.concat(chunks);
  }

  /** Asks on stderr; anything but yes is no. */
  async ask(question: JobQuestion, signal: AbortSignal): Promise<Answer> {
    const { stdin, stderr } = this.#process;
    if (stdin.isTTY !== true || stderr.isTTY !== true) return "nobody";
    return (await askYesOrNo(formatQuestion(question), this.#process, signal)) ? "yes" : "no";
  }

  #say(message: JobMessage): void {
    for (const { text, isWarning } of formatMessage(message, this.#errStyle)) {
      if (isWarning || !this.#options.quiet) writeLine(this.#process.stderr, text);
    }
  }

  #showPlan(message: Extract<JobMessage, { kind: "plan" }>): void {
    if (this.#options.json) this.product(printJson(message.document, 2), { isData: true });
    else this.product(formatPlan(message, this.outStyle));
  }

  #showRepairs({ manifest, changes }: Extract<JobMessage, { kind: "repairs" }>): void {
    if (this.#options.json) return;
    for (const one of changes) this.product(formatChange(manifest, one, this.outStyle));
  }

  #showFilling(document: FillDocument): void {
    if (!this.#options.json) this.product(formatFilling(document, this.outStyle));
  }
}

/** Reads lines up to Ctrl-D. The stream does not end with them: a question can be asked next. */
async function readPasted({ stdin, stderr }: HostProcess): Promise<Uint8Array> {
  const options = { input: stdin, output: stderr, terminal: true, historySize: 0, prompt: "" };
  const reader = createInterface(options);
  // Only now is Ctrl-D a key: before that the terminal takes it, and nothing is left of it that ends the list.
  writeLine(stderr, "paste the list, then press Ctrl-D on a line of its own");
  const lines: string[] = [];
  reader.on("line", (line) => lines.push(line));
  const isInterrupted = await new Promise<boolean>((resolve) => {
    reader.once("SIGINT", () => resolve(true));
    reader.once("close", () => resolve(false));
  });
  reader.close();
  if (isInterrupted) throw new QuestionInterrupted();
  return Buffer.from(lines.join("\n"));
}

function writeLine(stream: OutputStream, text: string): void {
  if (!stream.destroyed) stream.write(`${wrapFor(stream, text)}\n`);
}

/** Asks on stderr; anything but yes is no. Throws QuestionInterrupted when `signal` aborts. */
export async function askYesOrNo(
  question: string,
  { stdin, stderr }: HostProcess,
  signal: AbortSignal,
): Promise<boolean> {
  // After Ctrl-D at an earlier question nothing comes any more, not even an end.
  if (stdin.readableEnded) return false;
  const prompt = createInterface({ input: stdin, output: stderr, terminal: false });
  try {
    const answer = await Promise.race([
      prompt.question(`${question} [y/N] `, { signal }),
      once(prompt),
    ]);
    return /^y(es)?$/i.test(answer.trim());
  } catch (error) {
    if (signal.aborted) throw new QuestionInterrupted();
    throw error;
  } finally {
    prompt.close();
  }
}

/** End of input (Ctrl-D) counts as no answer. */
function once(prompt: { once(event: "close", listener: () => void): unknown }): Promise<string> {
  return new Promise((resolve) => prompt.once("close", () => resolve("")));
}

/** Asks on stderr for a text; a token is not shown while it is typed. Undefined where there is no terminal. */
export async function askText(
  question: SetupQuestion | { kind: "probe-list" },
  { stdin, stderr }: HostProcess,
): Promise<string | undefined> {
  if (stdin.isTTY !== true || stderr.isTTY !== true) return undefined;
  const isSecret = question.kind === "token";
  const interruption = new AbortController();
  const { signal } = interruption;
  const { text, prompt } =
    question.kind === "probe-list" ? PROBE_LIST : formatSetupQuestion(question);
  // A terminal of readline's own shows what is typed where `output` takes it.
  const output = isSecret ? new Writable({ write: (_chunk, _encoding, done) => done() }) : stderr;
  const reader = createInterface({ input: stdin, output, terminal: true });
  // Only now does the terminal itself show nothing.
  stderr.write(`${wrapFor(stderr, text)}${isSecret ? prompt : ""}`);
  reader.on("SIGINT", () => interruption.abort());
  try {
    const ended = new Promise<undefined>((resolve) =>
      reader.once("close", () => resolve(undefined)),
    );
    return await Promise.race([reader.question(isSecret ? "" : prompt, { signal }), ended]);
  } catch (error) {
    if (signal.aborted) throw new QuestionInterrupted();
    throw error;
  } finally {
    reader.close();
    if (isSecret || signal.aborted) stderr.write("\n");
  }
}
