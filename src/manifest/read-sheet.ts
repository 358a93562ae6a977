import type { Span } from "./manifest.ts";
import { readXml, TextReader, unescapeCellText, type XmlElement } from "./workbook-file.ts";

/** Cells a sheet may span, empty ones between them counted: each takes room when rows are made of them. */
const MAX_CELLS = 20_000_000;

/** A cell as the file holds it (ECMA-376 part 1, 18.3.1.4). */
export interface SheetCell extends Span {
  /** `n` number, `s` and `inlineStr` text, `str` text of a formula, `b` true or false, `e` error, `d` date. */
  type: string;
  /** Index into the cell styles. */
  style: number;
  isFormula: boolean;
  /** Its text, or what stands for its value; undefined: nothing is stored. */
  raw: string | undefined;
}

/** A row's stretch, and those of its cells that hold something, by 1-based column. */
export interface SheetRow extends Span {
  cells: Map<number, SheetCell>;
}

/** What a sheet holds, and where; rows and columns are 1-based. */
export interface Sheet {
  rows: Map<number, SheetRow>;
  /** Widths of the columns in characters, by column; those of the usual width are absent. */
  widths: Map<number, number>;
  lastColumn: number;
  dimension: Span | undefined;
  /** A chart has a sheet without cells (ECMA-376 part 1, 18.3.1.80). */
  hasCells: boolean;
  /** The namespace prefix of the sheet's elements. */
  prefix: string;
}

/** The address of a 1-based row and column. */
export function formatAddress(row: number, column: number): string {
  let letters = "";
  for (let left = column; left > 0; left = Math.floor((left - 1) / 26)) {
    letters = String.fromCharCode(65 + ((left - 1) % 26)) + letters;
  }
  return `${letters}${row}`;
}

/** The 1-based column that an address such as `AB12` names; undefined: it names none. */
function columnOf(address: string | undefined): number | undefined {
  const letters = /^[A-Z]{1,3}/.exec(address ?? "")?.[0];
  if (letters === undefined) return undefined;
  return [...letters].reduce((sum, letter) => sum * 26 + letter.charCodeAt(0) - 64, 0);
}

/** Reads a sheet's part; undefined: the sheet spans more than we hold. */
export function readSheet(xml: string, sharedStrings: readonly string[]): Sheet | undefined {
  const reader = new SheetReader(sharedStrings);
  readXml(xml, {
    open: (element) => reader.open(element),
    close: (name, text, end) => reader.close(name, text, end),
  });
  return reader.lastRow * reader.lastColumn > MAX_CELLS ? undefined : reader;
}

/** Rows and cells need not say where they are: they then follow the one before. */
class SheetReader implements Sheet {
  readonly rows = new Map<number, SheetRow>();
  readonly widths = new Map<number, number>();
  lastRow = 0;
  lastColumn = 0;
  dimension: Span | undefined;
  hasCells = false;
  prefix = "";
  readonly #sharedStrings: readonly string[];
  readonly #inline = new TextReader();
  #rowNumber = 0;
  #row: SheetRow = { start: 0, end: 0, cells: new Map() };
  #column = 0;
  #cell: SheetCell | undefined;

  constructor(sharedStrings: readonly string[]) {
    this.#sharedStrings = sharedStrings;
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
        this.#takeWidth(attributes);
        break;
      case "row":
        this.#rowNumber = Number(attributes.r ?? this.#rowNumber + 1);
        this.#column = 0;
        this.#row = { start, end: start, cells: new Map() };
        this.rows.set(this.#rowNumber, this.#row);
        break;
      case "c":
        this.#column = columnOf(attributes.r) ?? this.#column + 1;
        this.#cell = {
          type: attributes.t ?? "n",
          style: Number(attributes.s ?? 0),
          isFormula: false,
          raw: undefined,
          start,
          end: start,
        };
        break;
      case "f":
        if (this.#cell) this.#cell.isFormula = true;
    }
  }

  close(name: string, text: string, end: number): void {
    this.#inline.close(name, text);
    const cell = this.#cell;
    if (name === "dimension" && this.dimension) this.dimension.end = end;
    if (name === "row") this.#row.end = end;
    if (!cell) return;
    if (name === "v") cell.raw = this.#textOf(cell.type, text);
    if (name === "is") cell.raw = unescapeCellText(this.#inline.text);
    if (name === "c") this.#keep(cell, end);
  }

  #takeWidth(attributes: XmlElement["attributes"]): void {
    const width = Number(attributes.width);
    const first = Number(attributes.min);
    // A last column far to the right stands for all columns there are.
    const last = Math.min(Number(attributes.max), first + 100);
    if (!(width > 0)) return;
    for (let column = first; column <= last; column += 1) this.widths.set(column, width);
  }

  /** Cells with a style alone are empty. */
  #keep(cell: SheetCell, end: number): void {
    this.#cell = undefined;
    cell.end = end;
    if (cell.raw === undefined && !cell.isFormula) return;
    this.#row.cells.set(this.#column, cell);
    this.lastRow = Math.max(this.lastRow, this.#rowNumber);
    this.lastColumn = Math.max(this.lastColumn, this.#column);
  }

  #textOf(type: string, stored: string): string {
    if (type === "s") return this.#sharedStrings[Number(stored)] ?? "";
    return type === "str" ? unescapeCellText(stored) : stored;
  }
}
