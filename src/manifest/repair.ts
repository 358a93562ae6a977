/** What would mend a problem exactly; it stands where its diagnostic stands. */
export type Repair =
  /** The cell should hold this text. */
  | { kind: "cell"; text: string }
  /** The row was divided by another delimiter than the header; these are its cells. `was` is the row as it stands. */
  | { kind: "row"; cells: readonly string[]; was: string }
  /** The bytes are Windows-1252, expected UTF-8. */
  | { kind: "encoding" };

const NO_BREAK_SPACES = /[\u00a0\u2007\u202f]/g;

/** Whether a text holds a blank that looks like a space and is none. */
export function hasNoBreakSpace(text: string): boolean {
  return text.search(NO_BREAK_SPACES) !== -1;
}

/** A name or folder without blanks at its edges, and with plain spaces for no-break spaces. */
export function tidyText(text: string): string {
  return text.replace(NO_BREAK_SPACES, " ").trim();
}
