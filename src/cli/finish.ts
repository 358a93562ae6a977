import type { JobResult } from "../jobs/watcher.ts";
import type { OutputOptions } from "./common-options.ts";
import type { Terminal } from "./terminal.ts";

/**
 * Prints a job's document, as JSON or as text, and gives the exit code. Where `format` gives nothing, nothing is
 * printed. A bug that came after the document was there is thrown on.
 */
export function finish<Document>(
  { exitCode, document, defect }: JobResult<Document>,
  terminal: Terminal,
  { json }: OutputOptions,
  format: (document: Document) => string | undefined,
): number {
  if (document !== undefined) {
    const text = json ? JSON.stringify(document, null, 2) : format(document);
    if (text !== undefined) terminal.product(text);
  }
  return exitCodeOf({ exitCode, defect });
}

/** The exit code of a job that has told all there is to be shown. */
export function exitCodeOf({ exitCode, defect }: Pick<JobResult, "exitCode" | "defect">): number {
  if (defect) throw defect.error;
  return exitCode;
}
