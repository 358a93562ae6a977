import type { Diagnostic } from "../manifest/diagnostic.ts";
import { formatDiagnostic, formatDiagnosticCounts } from "../render/problems-text.ts";
import { createStyle, type Style } from "../render/terminal-text.ts";
import type { CommonOptions } from "./common-options.ts";
import type { HostProcess, OutputStream } from "./host-process.ts";

type LookOptions = Pick<CommonOptions, "color" | "quiet" | "json">;

// A write for each of a million short lines would take longer than the lines.
const WRITE_CHARACTERS = 65_536;

/** What a command says: the product on stdout, everything else on stderr. */
export class Terminal {
  readonly outStyle: Style;
  readonly errStyle: Style;
  readonly #process: HostProcess;
  readonly #quiet: boolean;

  constructor(process: HostProcess, options: LookOptions) {
    const { env, stdout, stderr } = process;
    const refused = !options.color;
    this.#process = process;
    this.#quiet = options.quiet === true;
    this.outStyle = createStyle({ stream: stdout, env, refused });
    this.errStyle = createStyle({ stream: stderr, env, refused });
  }

  /** Writes the product; never silenced. */
  product(text: string): void {
    writeLine(this.#process.stdout, text);
  }

  /** The same of a text that comes in parts: no more of it is held than whoever reads has not taken. */
  async productParts(parts: Iterable<string>): Promise<void> {
    const { stdout } = this.#process;
    let waiting = "";
    for (const part of parts) {
      waiting += part;
      if (waiting.length < WRITE_CHARACTERS) continue;
      if (stdout.destroyed) return;
      await written(stdout, waiting);
      waiting = "";
    }
    writeLine(stdout, waiting);
  }

  /** Writes progress, plans and notes for a person; silent under `--quiet`. */
  note(text: string): void {
    if (!this.#quiet) writeLine(this.#process.stderr, text);
  }

  /** Writes what must be seen even under `--quiet`. */
  alarm(text: string): void {
    writeLine(this.#process.stderr, text);
  }

  /** Shows a manifest's problems on stderr: errors always, the rest unless `--quiet`. */
  diagnostics(found: readonly Diagnostic[]): void {
    for (const one of found) {
      const text = formatDiagnostic(one, this.errStyle);
      if (one.severity === "error") this.alarm(text);
      else this.note(text);
    }
    if (found.length > 0) this.note(formatDiagnosticCounts(found));
  }
}

function writeLine(stream: OutputStream, text: string): void {
  if (!stream.destroyed) stream.write(`${text}\n`);
}

/** Resolves once a text is taken, or nobody is there any more to take it. */
function written(stream: OutputStream, text: string): Promise<void> {
  return new Promise((resolve) => stream.write(text, () => resolve()));
}
