import { zipSync } from "fflate";
import { formatAddress } from "../cell-address.ts";
import { parseHeader, type TableLayout } from "../header.ts";
import { readSheet, type Sheet, type SheetRow } from "../read-sheet.ts";
import { encodePart, openWorkbook, textOfPart } from "../workbook-file.ts";
import { encodeXml, escapeCellText } from "../xml.ts";
import {
  applySplices,
  type ManifestEdit,
  NEW_ROW_FIELDS,
  type NewRow,
  type Splice,
} from "./manifest-edit.ts";

/** What an edit has to know of the sheet. */
interface Target {
  sheet: Sheet;
  layout: TableLayout;
}

/**
 * Changes cells of one sheet of a workbook that could be read, and adds rows below the last with text. Formats,
 * widths, other sheets and all other parts stay as they are; cells with a formula are left alone. `header` holds
 * the texts of the sheet's header row. Undefined: the file is not such a workbook.
 */
export function editWorkbook(
  bytes: Uint8Array,
  sheetName: string,
  header: readonly string[],
  edit: ManifestEdit,
): Uint8Array | undefined {
  const workbook = openWorkbook(bytes);
  if (typeof workbook === "string") return undefined;
  const part = workbook.sheets.find(({ name }) => name === sheetName)?.part ?? "";
  const xml = textOfPart(workbook.files, part);
  const sheet = readSheet(xml, [], { isWhole: true });
  if (!sheet?.hasCells) return undefined;
  const target = { sheet, layout: parseHeader(header, { guarded: false }) };
  const edited = applySplices(xml, [
    ...cellSplices(target, edit),
    ...rowSplices(target, edit.added),
  ]);
  return zipSync({ ...workbook.files, [part]: encodePart(edited) });
}

function cellSplices({ sheet, layout }: Target, { cells: edits }: ManifestEdit): Splice[] {
  return edits.flatMap(({ line, field, text }) => {
    const column = (layout.fields[field] ?? -1) + 1;
    const cell = sheet.rows.get(line)?.cells.get(column);
    if (!cell || cell.isFormula) return [];
    const { start, end, style } = cell;
    return [{ start, end, text: textCell(text, line, column, style, sheet.prefix) }];
  });
}

function textCell(
  text: string,
  row: number,
  column: number,
  style: number | undefined,
  p: string,
): string {
  const look = style ? ` s="${style}"` : "";
  return `<${p}c r="${formatAddress(row, column)}"${look} t="inlineStr"><${p}is><${p}t xml:space="preserve">${encodeXml(escapeCellText(text))}</${p}t></${p}is></${p}c>`;
}

/** Rows below the last one with text, their cells formatted as those above; prepared empty rows are filled. */
function rowSplices(target: Target, added: readonly NewRow[]): Splice[] {
  const { rows, dimension } = target.sheet;
  const filled = [...rows].filter(([, row]) => isFilled(row)).map(([number]) => number);
  const last = filled.reduce((a, b) => Math.max(a, b), 0);
  const end = rows.get(last)?.end;
  if (added.length === 0 || end === undefined) return [];
  const texts = added.map((row, index) => newRow(target, row, last, last + 1 + index));
  const covered = added.flatMap((_row, index) => rows.get(last + 1 + index) ?? []);
  return [
    { start: end, end, text: texts.join("") },
    ...[...covered, ...(dimension ? [dimension] : [])].map((span) => ({ ...span, text: "" })),
  ];
}

function isFilled({ cells }: SheetRow): boolean {
  return [...cells.values()].some(({ raw, isFormula }) => raw !== undefined || isFormula);
}

function newRow({ sheet, layout }: Target, row: NewRow, last: number, number: number): string {
  const p = sheet.prefix;
  const written = NEW_ROW_FIELDS.flatMap((field) => {
    const index = layout.fields[field];
    const text = row[field];
    return index === undefined || text === "" ? [] : [{ column: index + 1, text }];
  })
    .toSorted((a, b) => a.column - b.column)
    .map(({ column, text }) => {
      const style = sheet.rows.get(last)?.cells.get(column)?.style;
      return textCell(text, number, column, style, p);
    });
  return `<${p}row r="${number}">${written.join("")}</${p}row>`;
}
