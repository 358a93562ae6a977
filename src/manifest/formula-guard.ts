const FORMULA = /^'*[=+\-@\t\r]/;
const GUARDED = /^'+[=+\-@\t\r]/;

/**
 * A cell of a results CSV that no spreadsheet takes for a formula (reliability: Security): one `'` before a
 * cell that begins with `= + - @` TAB or CR, or with such a cell's own quotes, so that `unguardFormula` undoes it.
 */
export function guardFormula(cell: string): string {
  return FORMULA.test(cell) ? `'${cell}` : cell;
}

/** The cell that `guardFormula` was given. */
export function unguardFormula(cell: string): string {
  return GUARDED.test(cell) ? cell.slice(1) : cell;
}
