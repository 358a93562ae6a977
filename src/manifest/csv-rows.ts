import { basename } from "node:path";
import type { CsvLayout } from "./csv-header.ts";
import { type Diagnostic, diagnostic } from "./diagnostic.ts";
import { DiagnosticList } from "./diagnostic-list.ts";
import { divideAnew, dividedHint } from "./divide-anew.ts";
import { unguardFormula } from "./formula-guard.ts";
import {
  type CsvDialect,
  DEFAULT_FOLDER,
  FIELDS,
  type Field,
  type ManifestRow,
} from "./manifest.ts";
import { parsePrior } from "./parse-prior.ts";
import { showValue } from "./show-value.ts";

const HINT_CELLS =
  "give the row as many cells as the header, and put a cell that holds the delimiter in double quotes";

/** Turns the records of one CSV into rows; problems of single rows are collected in `found`. */
export class CsvRows {
  readonly rows: ManifestRow[] = [];
  private readonly problems: DiagnosticList;
  private readonly delimiter: CsvDialect["delimiter"] | undefined;
  private readonly file: string;
  private readonly layout: CsvLayout;
  private readonly defaultFolder: string;
  /** Rows that fill the same fields share one object: a million rows are held at once. */
  private readonly columnsByFields = new Map<number, ManifestRow["columnOf"]>();
  private readonly folders = new Map<string, string>();
  private readonly folderIndex: number;
  private before: readonly string[] = [];

  /** `delimiter` is what divides the rows of a CSV; a workbook has none. */
  constructor(
    file: string,
    layout: CsvLayout,
    defaultFolder: string | undefined,
    delimiter?: CsvDialect["delimiter"],
  ) {
    this.delimiter = delimiter;
    this.file = file;
    this.problems = new DiagnosticList(file);
    this.layout = layout;
    this.defaultFolder = defaultFolder ?? DEFAULT_FOLDER;
    this.folderIndex = layout.fields.folder ?? -1;
  }

  get found(): Diagnostic[] {
    return this.problems.list();
  }

  /** Takes the record that starts at `line`; records without any text are passed over. */
  add(record: readonly string[], line: number): void {
    if (record.every(isBlank)) return;
    const cells = this.alike(this.layout.guarded ? record.map(unguardFormula) : record);
    if (cells.length !== this.layout.width) this.problems.add([this.wrongCellCount(cells, line)]);
    // With cells too many it is open which belongs to which column.
    if (cells.length > this.layout.width) return;
    this.rows.push(this.row(cells, line));
  }

  private row(cells: readonly string[], line: number): ManifestRow {
    const path = this.field(cells, "path");
    return {
      line,
      cells: this.layout.own.map(({ index }) => this.ownCell(cells, index)),
      path,
      name: this.field(cells, "name") || basename(path),
      contentType: this.field(cells, "contentType").trim().toLowerCase() || undefined,
      folder: this.shared(this.field(cells, "folder")) || this.defaultFolder,
      prior: this.prior(cells, line),
      columnOf: this.columnOf(cells),
    };
  }

  /** A field's cell; one of blanks alone counts as empty. */
  private field(cells: readonly string[], field: Field): string {
    const cell = cells[this.layout.fields[field] ?? -1] ?? "";
    return isBlank(cell) ? "" : cell;
  }

  private ownCell(cells: readonly string[], index: number): string {
    const cell = cells[index] ?? "";
    return index === this.folderIndex ? this.shared(cell) : cell;
  }

  /** One string for all rows of a folder. */
  private shared(folder: string): string {
    const known = this.folders.get(folder);
    if (known === undefined) this.folders.set(folder, folder);
    return known ?? folder;
  }

  /** The record; a cell that the row before has too is one string with it, for columns repeat themselves. */
  private alike(record: readonly string[]): readonly string[] {
    const { before } = this;
    this.before = record.map((cell, index) => {
      const above = before[index];
      return cell === above ? above : cell;
    });
    return this.before;
  }

  private prior(cells: readonly string[], line: number): ManifestRow["prior"] {
    if (!this.layout.results) return undefined;
    const prior = parsePrior(cells, this.layout.results, { file: this.file, line });
    if (!prior || "graphicId" in prior) return prior;
    this.problems.add([prior]);
    return undefined;
  }

  private columnOf(cells: readonly string[]): ManifestRow["columnOf"] {
    const { fields, results } = this.layout;
    const filled = FIELDS.filter((field) => field === "path" || this.field(cells, field) !== "");
    const key = filled.reduce((bits, field) => bits | (1 << FIELDS.indexOf(field)), 0);
    const known = this.columnsByFields.get(key);
    if (known) return known;
    const columnOf: Partial<Record<Field | "graphicId", number>> = {};
    if (results?.graphicId !== undefined) columnOf.graphicId = results.graphicId + 1;
    for (const field of filled) {
      const index = fields[field];
      if (index !== undefined) columnOf[field] = index + 1;
    }
    this.columnsByFields.set(key, columnOf);
    return columnOf;
  }

  private wrongCellCount(cells: readonly string[], line: number): Diagnostic {
    const { width, own } = this.layout;
    const few = cells.length < width;
    const index = few ? cells.length : width;
    const code = few ? "ROW_TOO_FEW_CELLS" : "ROW_TOO_MANY_CELLS";
    const extra = few ? "" : `, the first too many is ${showValue(cells[width] ?? "")}`;
    const message = `the row has ${cells.length} ${cells.length === 1 ? "cell" : "cells"}, the header has ${width}${extra}`;
    const place = {
      file: this.file,
      line,
      column: index + 1,
      field: own.find((column) => column.index === index)?.header,
      value: few ? undefined : cells[width],
    };
    const meant = this.delimiter && divideAnew(cells, this.delimiter, width);
    if (!meant) return diagnostic("error", code, message, HINT_CELLS, place);
    const found = diagnostic("error", code, message, dividedHint(meant), place);
    return { ...found, repair: { kind: "row", cells: meant, was: cells.join(this.delimiter) } };
  }
}

function isBlank(cell: string): boolean {
  return cell === "" || cell.trim() === "";
}
