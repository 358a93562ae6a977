import { distance } from "fastest-levenshtein";
import { z } from "zod";

/** One problem of a manifest, as data: `qgfx validate --json` prints exactly these keys. */
export const diagnosticSchema = z
  .strictObject({
    code: z.string().describe("Stable name of the rule"),
    severity: z.enum(["error", "warning", "note"]).describe("An `error` forbids apply"),
    message: z.string().describe("What is wrong, with the wrong value in it"),
    hint: z.string().nullable().describe("What to do"),
    file: z.string().describe("The manifest, as it was named"),
    line: z
      .int()
      .positive()
      .nullable()
      .describe("Line of the manifest where the row starts; the header is line 1"),
    column: z
      .int()
      .positive()
      .nullable()
      .describe("Position of the cell in the row (CSV), or of the character in the line (YAML)"),
    field: z.string().nullable().describe("The manifest field, or the header as written"),
    value: z.string().nullable().describe("The wrong value"),
  })
  .describe("One problem of a manifest");

/** What would mend a problem exactly; it stands where its diagnostic stands. */
export type Repair =
  /** The cell should hold this text. */
  | { kind: "cell"; text: string }
  /** The field of these rows should hold these texts. */
  | { kind: "cells"; cells: readonly { line: number; text: string }[] }
  /** The row was divided by another delimiter than the header; these are its cells. `was` is the row as it stands. */
  | { kind: "row"; cells: readonly string[]; was: string }
  /** The file should be UTF-8, and hold this text. */
  | { kind: "encoding"; text: string };

/** A problem, with what `publishDiagnostic` leaves out. */
export type Diagnostic = z.infer<typeof diagnosticSchema> & {
  repair?: Repair;
  /** The row as it is meant if there is such a file: its path holds the delimiter, and no quotes around it. */
  meantRow?: { path: string; cells: readonly string[]; was: string };
};
export type Severity = Diagnostic["severity"];

/** A diagnostic with the keys that `--json` prints, and no other. */
export function publishDiagnostic({
  repair: _repair,
  meantRow: _meantRow,
  ...keys
}: Diagnostic): z.infer<typeof diagnosticSchema> {
  return keys;
}

/** What a rule says: its code, what is wrong, and what to do. */
export type Sentence = readonly [code: string, message: string, hint: string];

/** Where a problem stands; absent parts become null in the diagnostic. */
export interface Place {
  file: string;
  line?: number | undefined;
  column?: number | undefined;
  field?: string | undefined;
  value?: string | undefined;
}

/** Fills the absent parts of a diagnostic with null. */
export function diagnostic(
  severity: Severity,
  code: string,
  message: string,
  hint: string | null,
  place: Place,
): Diagnostic {
  return {
    code,
    severity,
    message,
    hint,
    file: place.file,
    line: place.line ?? null,
    column: place.column ?? null,
    field: place.field ?? null,
    value: place.value ?? null,
  };
}

/** Whether anything found forbids going on. */
export function hasErrors(diagnostics: readonly Diagnostic[]): boolean {
  return diagnostics.some((found) => found.severity === "error");
}

const LONGEST_SHOWN = 80;
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/** A value as messages quote it: in single quotes, invisible characters as `\u{…}`, at most 80 characters. */
export function showValue(value: string): string {
  const start = value.length > LONGEST_SHOWN ? value.slice(0, LONGEST_SHOWN) : value;
  const isCut = start !== value;
  const shown = (isCut ? start.replace(/[\uD800-\uDBFF]$/, "") : start).replace(
    INVISIBLE,
    (character) => `\\u{${character.codePointAt(0)?.toString(16).toUpperCase()}}`,
  );
  return isCut ? `'${shown}…' (${value.length} characters)` : `'${shown}'`;
}

/** The candidate that `wrong` was most likely meant to be: at most a third of its letters differ; undefined: none. */
export function nearest(wrong: string, candidates: readonly string[]): string | undefined {
  const typed = wrong.toLowerCase();
  let best: { candidate: string; edits: number } | undefined;
  for (const candidate of candidates) {
    const edits = editsBetween(typed, candidate.toLowerCase());
    const allowed = Math.max(1, Math.floor(Math.max(typed.length, candidate.length) / 3));
    if (edits <= allowed && (best === undefined || edits < best.edits)) best = { candidate, edits };
  }
  return best?.candidate;
}

/** Letters to insert, delete or replace; two neighbours that changed places count as one. */
export function editsBetween(a: string, b: string): number {
  return isSwapped(a, b) ? 1 : distance(a, b);
}

function isSwapped(a: string, b: string): boolean {
  const at = [...a].findIndex((letter, index) => letter !== b[index]);
  return (
    at !== -1 && a[at] === b[at + 1] && a[at + 1] === b[at] && a.slice(at + 2) === b.slice(at + 2)
  );
}

// C0, DEL, C1, bidirectional marks and overrides, line separators, lone surrogates.
const UNSAFE =
  /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]|[\ud800-\udfff]/gu;

/**
 * Text from a manifest or the service, made safe for a terminal, a sheet and a log: characters that steer what shows it
 * are written as `\u{…}`. Everything printable stays as it is.
 */
export function escapeControls(text: string): string {
  return text.replace(UNSAFE, (found) => `\\u{${found.codePointAt(0)?.toString(16)}}`);
}

/** JSON that holds none of these characters raw: those that JSON itself leaves as they are (RFC 8259 §7). */
export function escapeJson(json: string): string {
  return json.replace(
    /[\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g,
    (found) => `\\u${found.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
