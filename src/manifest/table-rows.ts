import { basename } from "node:path";
import { divideAnew, dividedHint } from "./csv-dialect.ts";
import { type Diagnostic, diagnostic } from "./diagnostic.ts";
import { unguardFormula } from "./formula-guard.ts";
import type { TableLayout } from "./header.ts";
import {
  type CsvDialect,
  DEFAULT_FOLDER,
  FIELDS,
  type Field,
  type ManifestRow,
} from "./manifest.ts";
import { parsePrior } from "./prior.ts";
import { showValue } from "./show-value.ts";

/** What the records of one CSV or sheet have in common. */
export interface Table {
  file: string;
  layout: TableLayout;
  defaultFolder: string | undefined;
  /** What divides the cells of a CSV; a workbook has none. */
  delimiter?: CsvDialect["delimiter"];
}

/** What one record says; `row` undefined: nothing, or too much to know which cell belongs to which column. */
export interface TableRow {
  row: ManifestRow | undefined;
  found: Diagnostic[];
}

/** Reads the record that starts at `line`; records without any text are passed over. */
export function readTableRow(table: Table, record: readonly string[], line: number): TableRow {
  const { layout, file } = table;
  if (record.every(isBlank)) return { row: undefined, found: [] };
  const cells = layout.guarded ? record.map(unguardFormula) : record;
  const found = cells.length === layout.width ? [] : [wrongCellCount(table, cells, line)];
  if (cells.length > layout.width) return { row: undefined, found };
  const prior = layout.results && parsePrior(cells, layout.results, { file, line });
  const isPrior = prior !== undefined && "graphicId" in prior;
  if (prior && !isPrior) found.push(prior);
  const field = (name: Field) => {
    const cell = cells[layout.fields[name] ?? -1] ?? "";
    return isBlank(cell) ? "" : cell;
  };
  const path = field("path");
  const row: ManifestRow = {
    line,
    cells: layout.own.map(({ index }) => cells[index] ?? ""),
    path,
    name: field("name") || basename(path),
    contentType: field("contentType").trim().toLowerCase() || undefined,
    folder: field("folder") || (table.defaultFolder ?? DEFAULT_FOLDER),
    prior: isPrior ? prior : undefined,
    columnOf: columnsOf(layout, (name) => name === "path" || field(name) !== ""),
  };
  return { row, found };
}

function isBlank(cell: string): boolean {
  return cell === "" || cell.trim() === "";
}

function columnsOf(
  { fields, results }: TableLayout,
  isFilled: (field: Field) => boolean,
): ManifestRow["columnOf"] {
  const columnOf: Partial<Record<Field | "graphicId", number>> = {};
  if (results?.graphicId !== undefined) columnOf.graphicId = results.graphicId + 1;
  for (const field of FIELDS) {
    const index = fields[field];
    if (index !== undefined && isFilled(field)) columnOf[field] = index + 1;
  }
  return columnOf;
}

function wrongCellCount(
  { file, layout: { width, own }, delimiter }: Table,
  cells: readonly string[],
  line: number,
): Diagnostic {
  const few = cells.length < width;
  const index = few ? cells.length : width;
  const extra = few ? "" : `, the first too many is ${showValue(cells[width] ?? "")}`;
  const meant = delimiter && divideAnew(cells, delimiter, width);
  const found = diagnostic(
    "error",
    few ? "ROW_TOO_FEW_CELLS" : "ROW_TOO_MANY_CELLS",
    `the row has ${cells.length} ${cells.length === 1 ? "cell" : "cells"}, the header has ${width}${extra}`,
    meant
      ? dividedHint(meant)
      : "give the row as many cells as the header, and put a cell that holds the delimiter in double quotes",
    {
      file,
      line,
      column: index + 1,
      field: own.find((column) => column.index === index)?.header,
      value: few ? undefined : cells[width],
    },
  );
  if (!meant) return found;
  return { ...found, repair: { kind: "row", cells: meant, was: cells.join(delimiter) } };
}
