import { escapeText } from "../render/escape.ts";
import type { UserError } from "../user-error.ts";

/** A user's error as it is shown: code, message and hint. */
export function formatUserError({ code, message, hint }: UserError): string {
  const line = `error ${code}: ${escapeText(message)}\n`;
  return hint === undefined ? line : `${line}    ${escapeText(hint)}\n`;
}
