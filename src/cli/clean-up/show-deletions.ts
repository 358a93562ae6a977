import type { DeletionExecution } from "../../execute/execute-deletions.ts";
import { formatDeletionEnd } from "../../render/deletions-text.ts";
import { escapeText } from "../../render/escape.ts";
import type { DeletionDocument } from "../../report/deletion-document.ts";
import type { DeleteContext } from "./delete-graphics.ts";

/** The last words of a prune or undo: what stopped it, and what was deleted. */
export function showDeletions(
  document: DeletionDocument,
  { stopped }: DeletionExecution,
  { terminal, options }: DeleteContext,
): void {
  if (stopped) {
    terminal.alarm(`stopped: ${escapeText(stopped.message)}\n    ${escapeText(stopped.hint)}`);
  }
  terminal.product(options.json ? toJson(document) : formatDeletionEnd(document));
}

/** The document as it is printed. */
export function toJson(document: DeletionDocument): string {
  return JSON.stringify(document, null, 2);
}
