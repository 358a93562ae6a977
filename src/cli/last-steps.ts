import { formatShard } from "../plan/shard.ts";
import { escapeText } from "../render/escape.ts";
import { formatUserError } from "../render/problems-text.ts";
import { EXIT } from "../report/exit-code.ts";
import { UserError } from "../user-error.ts";
import type { CommonOptions } from "./common-options.ts";
import type { Terminal } from "./terminal.ts";

/** The options that decide which ledger and which rows results are of. */
type WhoseResults = Pick<CommonOptions, "sandbox" | "ledger" | "sheet" | "shard">;

function resultsCommand(manifest: string, { sandbox, ledger, sheet, shard }: WhoseResults): string {
  const options = [
    sandbox ? " --sandbox" : "",
    ledger === undefined ? "" : ` --ledger ${ledger}`,
    sheet === undefined ? "" : ` --sheet '${sheet}'`,
    shard === undefined ? "" : ` --shard ${formatShard(shard)}`,
  ];
  return `qgfx results ${manifest}${options.join("")}`;
}

/**
 * What is left to do once a command's work is done and recorded. Every step is tried, whatever became of the others,
 * and what went wrong is told at the end: nothing may look as if nothing had been done.
 */
export class LastSteps {
  /** What writes the results from the ledger. */
  readonly #again: string;
  readonly #troubles: unknown[] = [];
  #areResultsMissing = false;

  constructor(manifest: string, options: WhoseResults) {
    this.#again = resultsCommand(manifest, options);
  }

  /** Does a step and keeps what it throws; tells whether it went well. */
  async take(step: () => void | Promise<void>): Promise<boolean> {
    try {
      await step();
      return true;
    } catch (error) {
      this.add(error);
      return false;
    }
  }

  /** The same for the step that writes the results. */
  async writeResults(write: () => Promise<void>): Promise<boolean> {
    const areWritten = await this.take(write);
    this.#areResultsMissing = !areWritten;
    return areWritten;
  }

  /** Keeps what went wrong. */
  add(trouble: unknown): void {
    this.#troubles.push(trouble);
  }

  /** The exit code of the work, which is not 0 where a step failed. */
  exitCodeAfter(exitCode: number): number {
    return exitCode === EXIT.done && this.#troubles.length > 0 ? EXIT.incomplete : exitCode;
  }

  /** Tells what the user can put right. */
  show(terminal: Terminal): void {
    for (const trouble of this.#troubles) {
      if (trouble instanceof UserError) terminal.alarm(formatUserError(trouble).trimEnd());
    }
    if (!this.#areResultsMissing) return;
    const again = escapeText(this.#again);
    terminal.alarm(`    no results were written; \`${again}\` writes them from the ledger`);
  }

  /** Throws on what is a bug of ours, at the very end. */
  throwDefect(): void {
    const defect = this.#troubles.find((trouble) => !(trouble instanceof UserError));
    if (defect !== undefined) throw defect;
  }
}
