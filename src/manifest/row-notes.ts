import { formatAddress } from "./cell-address.ts";
import type { NamedSheet, SheetRecord } from "./choose-sheet.ts";
import { type Diagnostic, diagnostic, type Place } from "./diagnostic.ts";
import type { TableLayout } from "./header.ts";

const RANGES_LISTED = 5;

/** Decides which rows are images, and counts those of which there is something to say. */
export class PassedRows {
  readonly #hidden: number[] = [];
  readonly #own: number[] = [];

  /**
   * A row whose value may only be missing is one. One is none that a merge alone fills, or a formula or a box to tick
   * in the user's own columns, which people copy far down.
   */
  isRow({ line, cells, stored, isHidden }: SheetRecord, { fields }: TableLayout): boolean {
    const held = cells.flatMap(({ text, doubt }, index) => {
      const cell = stored[index];
      const isHeld = text.trim() !== "" || doubt !== undefined;
      return isHeld && cell && !cell.isMerged ? [{ index, cell }] : [];
    });
    if (held.length === 0) return false;
    const columns = Object.values(fields);
    if (
      held.every(
        ({ index, cell }) => !columns.includes(index) && (cell.isFormula || cell.type === "b"),
      )
    ) {
      this.#own.push(line);
      return false;
    }
    if (isHidden) this.#hidden.push(line);
    return true;
  }

  notes(file: string): Diagnostic[] {
    const note = (lines: readonly number[], code: string, what: string, hint: string) => {
      const [line] = lines;
      if (line === undefined) return [];
      const rows =
        lines.length === 1 ? `row ${line} is` : `${lines.length} rows (first: row ${line}) are`;
      return [diagnostic("note", code, `${rows} ${what}`, hint, { file, line })];
    };
    return [
      ...note(
        this.#hidden,
        "ROWS_HIDDEN",
        "hidden or filtered out, and read like all others",
        "delete the rows that are not meant to be uploaded",
      ),
      ...note(
        this.#own,
        "ROWS_PASSED_OVER",
        "not read, having only formulas or boxes to tick in your own columns",
        "write a path into each row that is meant to be an image",
      ),
    ];
  }
}

/** Each row of a merge has its value, which the file does not say. */
export function mergeNotes(file: string, { sheet }: NamedSheet, headerEnd: number): Diagnostic[] {
  const ranges = sheet.merges.filter(
    ({ top, left, bottom }) =>
      top > headerEnd && bottom > top && sheet.rows.get(top)?.cells.has(left),
  );
  const [first] = ranges;
  if (!first) return [];
  const names = ranges.slice(0, RANGES_LISTED).map(({ name }) => name);
  if (ranges.length > names.length) names.push(`${ranges.length - names.length} more`);
  const message = `merged cells ${names.join(", ")}: each of their rows has the value of the first`;
  const hint = `unmerge them where ${formatAddress(first.top, first.left)} is meant for its own row alone`;
  const place = { file, line: first.top, column: first.left };
  return [diagnostic("note", "CELLS_MERGED", message, hint, place)];
}

/** Fields that the author may not see. */
export function hiddenColumnsNote(
  { fields }: TableLayout,
  hidden: ReadonlySet<number>,
  at: Place,
): Diagnostic[] {
  const columns = Object.entries(fields).filter(([, index]) => hidden.has(index + 1));
  const [first] = columns;
  if (!first) return [];
  const names = columns.map(([field]) => `'${field}'`).join(", ");
  const which = columns.length === 1 ? `column of ${names} is` : `columns of ${names} are`;
  const message = `the ${which} hidden, and read like all others`;
  const place = { ...at, column: first[1] + 1, field: first[0] };
  return [diagnostic("note", "COLUMNS_HIDDEN", message, "show them to see what is read", place)];
}
