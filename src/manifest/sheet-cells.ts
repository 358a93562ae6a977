import { attributeOf, decodeXml, type XmlTag, xmlTags } from "./xml-tags.ts";

/** Cells a sheet may span, empty ones between them counted: each takes room while the sheet is read. */
const MAX_CELLS = 20_000_000;

/** A cell as the file holds it (ECMA-376 part 1, 18.3.1.4). */
export interface SheetCell {
  /** `n` number, `s` and `inlineStr` text, `str` text of a formula, `b` true or false, `e` error, `d` date. */
  type: string;
  /** Index into the cell styles. */
  style: number;
  isFormula: boolean;
  /** What `<v>` holds; undefined: nothing is stored. */
  raw: string | undefined;
}

/** What a sheet holds beside its texts; rows and columns are 1-based. */
export interface SheetCells {
  rows: ReadonlyMap<number, ReadonlyMap<number, SheetCell>>;
  /** Widths of the columns in characters, by column; those of the usual width are absent. */
  widths: ReadonlyMap<number, number>;
  lastColumn: number;
}

/** The 1-based row and column that an address such as `AB12` names; undefined: it is none. */
export function parseAddress(address: string): { row: number; column: number } | undefined {
  const match = /^([A-Z]{1,3})([1-9]\d{0,6})$/.exec(address);
  if (!match) return undefined;
  const [, letters = "", digits] = match;
  const column = [...letters].reduce((sum, letter) => sum * 26 + letter.charCodeAt(0) - 64, 0);
  return { row: Number(digits), column };
}

/** The address of a 1-based row and column. */
export function formatAddress(row: number, column: number): string {
  let letters = "";
  for (let left = column; left > 0; left = Math.floor((left - 1) / 26)) {
    letters = String.fromCharCode(65 + ((left - 1) % 26)) + letters;
  }
  return `${letters}${row}`;
}

/** Reads the cells of a sheet's part; undefined: the sheet spans more than we hold. */
export function parseSheetCells(xml: string): SheetCells | undefined {
  const reader = new CellReader(xml);
  for (const tag of xmlTags(xml)) {
    reader.take(tag);
    if (reader.lastRow * reader.lastColumn > MAX_CELLS) return undefined;
  }
  return reader;
}

class CellReader implements SheetCells {
  readonly rows = new Map<number, Map<number, SheetCell>>();
  readonly widths = new Map<number, number>();
  lastRow = 0;
  lastColumn = 0;
  private readonly xml: string;
  private row = 0;
  private column = 0;
  private cell: SheetCell | undefined;
  private valueStart = 0;

  constructor(xml: string) {
    this.xml = xml;
  }

  take(tag: XmlTag): void {
    const opens = tag.kind !== "close";
    if (tag.name === "col" && opens) this.takeWidth(tag);
    else if (tag.name === "row" && opens) this.enterRow(tag);
    else if (tag.name === "c") this.takeCell(tag);
    else if (this.cell) this.takeContent(this.cell, tag);
  }

  private takeWidth(tag: XmlTag): void {
    const width = Number(attributeOf(tag, "width"));
    const first = Number(attributeOf(tag, "min"));
    // A last column far to the right stands for all columns there are.
    const last = Math.min(Number(attributeOf(tag, "max")), first + 100);
    if (!(width > 0)) return;
    for (let column = first; column <= last; column += 1) this.widths.set(column, width);
  }

  private enterRow(tag: XmlTag): void {
    this.row = Number(attributeOf(tag, "r") ?? this.row + 1);
    this.column = 0;
  }

  private takeCell(tag: XmlTag): void {
    if (tag.kind === "close") {
      this.keepCell();
      return;
    }
    const place = parseAddress(attributeOf(tag, "r") ?? "");
    this.row = place?.row ?? this.row;
    this.column = place?.column ?? this.column + 1;
    this.cell = {
      type: attributeOf(tag, "t") ?? "n",
      style: Number(attributeOf(tag, "s") ?? 0),
      isFormula: false,
      raw: undefined,
    };
    if (tag.kind === "empty") this.keepCell();
  }

  private takeContent(cell: SheetCell, tag: XmlTag): void {
    if (tag.name === "f") cell.isFormula = true;
    if (tag.name === "is") cell.raw = "";
    if (tag.name !== "v") return;
    if (tag.kind === "open") this.valueStart = tag.end;
    else
      cell.raw = tag.kind === "close" ? decodeXml(this.xml.slice(this.valueStart, tag.start)) : "";
  }

  /** Cells with a style alone are empty. */
  private keepCell(): void {
    const { cell, row, column } = this;
    this.cell = undefined;
    if (!cell || (cell.raw === undefined && !cell.isFormula)) return;
    const cells = this.rows.get(row) ?? new Map<number, SheetCell>();
    this.rows.set(row, cells);
    cells.set(column, cell);
    this.lastRow = Math.max(this.lastRow, row);
    this.lastColumn = Math.max(this.lastColumn, column);
  }
}
