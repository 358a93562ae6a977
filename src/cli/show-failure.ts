import { CommanderError } from "commander";
import type { Diagnostic } from "../manifest/diagnostic.ts";
import { printJson } from "../render/terminal-text.ts";
import type { Failure } from "../report/manifest-documents.ts";
import { EXIT } from "../report/summary.ts";
import { UserError } from "../user-error.ts";
import type { HostProcess } from "./host-process.ts";

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

/** What ended a command, for programs; `usage` is what was printed of its usage. Undefined for help that was asked for. */
export function failureOf(
  error: unknown,
  exitCode: number,
  usage: string,
): Failure["error"] | undefined {
  if (exitCode === EXIT.done) return undefined;
  if (error instanceof UserError) {
    const { code, message, hint } = error;
    return { code, message, hint: hint ?? null, exitCode };
  }
  if (error instanceof CommanderError) {
    const [message = "", ...hints] = usage
      .replace(/^error: /, "")
      .trim()
      .split(/\n\s*/);
    return { code: "USAGE", message, hint: hints.join("; ") || null, exitCode };
  }
  if (exitCode === EXIT.interrupted) {
    const message = "interrupted before anything was done";
    return { code: "INTERRUPTED", message, hint: null, exitCode };
  }
  const message = error instanceof Error ? error.message : String(error);
  return { code: "BUG", message, hint: "report it with the lines on stderr", exitCode };
}
