import { type CellRange, columnOf, rangeOf } from "./cell-address.ts";
import type { Span } from "./manifest.ts";
import { filledRows, TextReader } from "./workbook-file.ts";
import { isTrue, readXml, unescapeCellText, type XmlElement } from "./xml.ts";

/** Cells a sheet may span, empty ones between them counted: each takes room when rows are made of them. */
const MAX_CELLS = 20_000_000;

/** A cell as the file holds it (ECMA-376 part 1, 18.3.1.4). */
export interface SheetCell extends Span {
  /**
   * `n` number, `s` and `inlineStr` text, `str` text of a formula, `b` true or false, `e` error, `d` date; ours:
   * `picture`, `lost` where a shared text is not in the file, and `covered` by a merge that began in a column to the
   * left, whose range is its text.
   */
  type: string;
  /** Index into the cell styles. */
  style: number;
  isFormula: boolean;
  /** Whether its value stands in the row where its merge begins. */
  isMerged?: boolean;
  /** Its text, or what stands for its value; undefined: nothing is stored. */
  raw: string | undefined;
}

/** A row's stretch, and those of its cells that hold something, by 1-based column. */
export interface SheetRow extends Span {
  cells: Map<number, SheetCell>;
  isHidden: boolean;
}

/** What a sheet holds, and where; rows and columns are 1-based. */
export interface Sheet {
  rows: Map<number, SheetRow>;
  /** Widths of the columns in characters, by column; those of the usual width are absent. */
  widths: Map<number, number>;
  hiddenColumns: Set<number>;
  lastColumn: number;
  merges: readonly CellRange[];
  dimension: Span | undefined;
  /** A chart has a sheet without cells (ECMA-376 part 1, 18.3.1.80). */
  hasCells: boolean;
  /** The namespace prefix of the sheet's elements. */
  prefix: string;
}

interface ReadOptions {
  /** Whether rows and cells without anything in them are kept, and merges left as they are: to change the sheet. */
  isWhole?: boolean;
  /** Rows with something in them that are read from the top. */
  mostRows?: number;
}

/** Reads a sheet's part; undefined: the sheet spans more than we hold. */
export function readSheet(
  xml: string,
  sharedStrings: readonly string[],
  options: ReadOptions = {},
): Sheet | undefined {
  const reader = new SheetReader(sharedStrings, options.isWhole ?? false);
  readXml(options.isWhole ? xml : filledRows(xml, options.mostRows), reader);
  if (reader.lastRow * reader.lastColumn > MAX_CELLS) return undefined;
  return reader.finish() ? reader : undefined;
}

/** Rows and cells need not say where they are: they then follow the one before. */
class SheetReader implements Sheet {
  readonly rows = new Map<number, SheetRow>();
  readonly widths = new Map<number, number>();
  readonly hiddenColumns = new Set<number>();
  readonly merges: CellRange[] = [];
  lastRow = 0;
  lastColumn = 0;
  dimension: Span | undefined;
  hasCells = false;
  prefix = "";
  readonly #sharedStrings: readonly string[];
  readonly #isWhole: boolean;
  readonly #inline = new TextReader();
  /** Ranges that one formula fills: of their cells only the first says so. */
  readonly #arrays: CellRange[] = [];
  #rowNumber = 0;
  #row: SheetRow = { start: 0, end: 0, cells: new Map(), isHidden: false };
  #column = 0;
  #cell: SheetCell | undefined;

  constructor(sharedStrings: readonly string[], isWhole: boolean) {
    this.#sharedStrings = sharedStrings;
    this.#isWhole = isWhole;
  }

  open({ name, prefix, attributes, start }: XmlElement): void {
    this.#inline.open(name);
    switch (name) {
      case "sheetData":
        this.hasCells = true;
        this.prefix = prefix;
        break;
      case "dimension":
        this.dimension = { start, end: start };
        break;
      case "col":
        this.#takeColumns(attributes);
        break;
      case "row":
        this.#rowNumber = Number(attributes.r ?? this.#rowNumber + 1);
        this.#column = 0;
        this.#row = { start, end: start, cells: new Map(), isHidden: isTrue(attributes.hidden) };
        break;
      case "c":
        this.#column = columnOf(attributes.r) ?? this.#column + 1;
        this.#cell = {
          type: typeOf(attributes),
          style: Number(attributes.s ?? 0),
          isFormula: false,
          raw: undefined,
          start,
          end: start,
        };
        break;
      case "f":
        if (this.#cell) this.#cell.isFormula = true;
        if (attributes.ref && attributes.t !== "shared")
          this.#arrays.push(...rangeOf(attributes.ref));
        break;
      case "mergeCell":
        this.merges.push(...rangeOf(attributes.ref ?? ""));
    }
  }

  close(name: string, text: string, end: number): void {
    this.#inline.close(name, text);
    const cell = this.#cell;
    if (name === "dimension" && this.dimension) this.dimension.end = end;
    if (name === "row") this.#keepRow(end);
    if (!cell) return;
    if (name === "v") this.#takeValue(cell, text);
    if (name === "is") cell.raw = unescapeCellText(this.#inline.text);
    if (name === "c") this.#keep(cell, end);
  }

  /** What can be said when all is read; false: it would take too long. */
  finish(): boolean {
    const isInBounds = this.#eachCell(this.#arrays, (row, column) => {
      const cell = this.rows.get(row)?.cells.get(column);
      if (cell) cell.isFormula = true;
    });
    return isInBounds && (this.#isWhole || this.#fillMerges());
  }

  /**
   * Gives every row of a merge its value: that is what a person sees. Of the columns only the first has it; whether
   * the others are meant to, nobody knows.
   */
  #fillMerges(): boolean {
    return this.#eachCell(this.merges, (row, column, { top, left, name }) => {
      const origin = this.rows.get(top)?.cells.get(left);
      const cells = this.rows.get(row)?.cells;
      if (!cells || (row === top && column === left)) return;
      cells.delete(column);
      if (!origin) return;
      const covered = column === left ? {} : { type: "covered", raw: name };
      cells.set(column, { ...origin, ...covered, isMerged: true });
    });
  }

  #eachCell(
    ranges: readonly CellRange[],
    visit: (row: number, column: number, range: CellRange) => void,
  ): boolean {
    let left = MAX_CELLS;
    for (const range of ranges) {
      const bottom = Math.min(range.bottom, this.lastRow);
      const right = Math.min(range.right, this.lastColumn);
      left -= Math.max(0, bottom - range.top + 1) * Math.max(1, right - range.left + 1);
      if (left < 0) return false;
      for (let row = range.top; row <= bottom; row += 1) {
        for (let column = range.left; column <= right; column += 1) visit(row, column, range);
      }
    }
    return true;
  }

  #takeColumns(attributes: XmlElement["attributes"]): void {
    const width = Number(attributes.width);
    const first = Number(attributes.min);
    // A last column far to the right stands for all columns there are.
    const last = Math.min(Number(attributes.max), first + 100);
    for (let column = first; column <= last; column += 1) {
      if (isTrue(attributes.hidden)) this.hiddenColumns.add(column);
      if (width > 0) this.widths.set(column, width);
    }
  }

  #keepRow(end: number): void {
    this.#row.end = end;
    if (this.#isWhole || this.#row.cells.size > 0) this.rows.set(this.#rowNumber, this.#row);
  }

  /** Cells with a style alone are empty: they count where a sheet is to be changed. */
  #keep(cell: SheetCell, end: number): void {
    this.#cell = undefined;
    cell.end = end;
    const isFilled = cell.raw !== undefined || cell.isFormula;
    if (isFilled || this.#isWhole) this.#row.cells.set(this.#column, cell);
    if (!isFilled) return;
    this.lastRow = Math.max(this.lastRow, this.#rowNumber);
    this.lastColumn = Math.max(this.lastColumn, this.#column);
  }

  #takeValue(cell: SheetCell, stored: string): void {
    if (cell.type === "str") cell.raw = unescapeCellText(stored);
    // A number that a formula gives has digits: programs that do not compute leave it out.
    else if (stored === "" && cell.isFormula) cell.raw = undefined;
    else if (cell.type !== "s" || stored === "") cell.raw = stored;
    else {
      const shared = this.#sharedStrings[Number(stored)];
      if (shared === undefined) cell.type = "lost";
      cell.raw = shared ?? "";
    }
  }
}

/** A picture in a cell is kept as an error with something of more value behind it ([MS-XLSX] 2.2.4.3). */
function typeOf({ t = "n", vm }: XmlElement["attributes"]): string {
  return t === "e" && vm !== undefined ? "picture" : t;
}
