import { zipSync } from "fflate";
import { parseHeader, type TableLayout } from "./header.ts";
import type { ManifestEdit, NewRow } from "./manifest-edit.ts";
import { formatAddress, parseSheetCells, type SheetCells } from "./sheet-cells.ts";
import { type SheetSpan, sheetSpans } from "./sheet-spans.ts";
import { unpackWorkbook } from "./workbook-parts.ts";
import { encodeXml, escapeCellText } from "./xml-tags.ts";

/** What an edit has to know of the sheet; `layout` undefined: nothing is added. */
interface Target {
  cells: SheetCells;
  spans: ReturnType<typeof sheetSpans>;
  layout: TableLayout;
}

interface Splice {
  start: number;
  end: number;
  text: string;
}

/**
 * Changes cells of one sheet of a workbook that could be read, and adds rows below the last with text. Formats,
 * widths, other sheets and all other parts stay as they are; cells with a formula are left alone. `header` holds
 * the texts of the sheet's header row. Undefined: the file is no workbook.
 */
export function editWorkbook(
  bytes: Uint8Array,
  sheet: string,
  header: readonly string[],
  edit: ManifestEdit,
): Uint8Array | undefined {
  const parts = unpackWorkbook(bytes);
  if ("reason" in parts) return undefined;
  const part = parts.sheets.find(({ name }) => name === sheet)?.part;
  const xml = part === undefined ? "" : parts.text(part);
  const cells = parseSheetCells(xml);
  if (part === undefined || !cells) return undefined;
  const target = { cells, spans: sheetSpans(xml), layout: parseHeader(header, { guarded: false }) };
  const edited = applySplices(xml, [
    ...cellSplices(target, edit),
    ...rowSplices(target, edit.added),
  ]);
  return zipSync({ ...parts.files, [part]: Buffer.from(edited) });
}

function applySplices(xml: string, splices: Splice[]): string {
  return splices
    .toSorted((a, b) => b.start - a.start)
    .reduce((all, { start, end, text }) => all.slice(0, start) + text + all.slice(end), xml);
}

function cellSplices({ cells, spans, layout }: Target, { cells: edits }: ManifestEdit): Splice[] {
  return edits.flatMap(({ line, field, text }) => {
    const column = (layout.fields[field] ?? -1) + 1;
    const span = spans.rows.get(line)?.cells.get(column);
    const cell = cells.rows.get(line)?.get(column);
    if (!span || !cell || cell.isFormula) return [];
    return [{ ...span, text: textCell(text, line, column, cell.style, spans.prefix) }];
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
  const { cells, spans } = target;
  const last = [...cells.rows.keys()].reduce((a, b) => Math.max(a, b), 0);
  const texts = added.map((row, index) => newRow(target, row, last, last + 1 + index));
  if (texts.length === 0) return [];
  const end = spans.rows.get(last)?.end ?? spans.dataEnd;
  const covered = added.flatMap((_row, index): SheetSpan[] => {
    const span = spans.rows.get(last + 1 + index);
    return span ? [span] : [];
  });
  return [
    // Before the insertion, which may stand where the first of them begins.
    ...covered.map(({ start, end: rowEnd }) => ({ start, end: rowEnd, text: "" })),
    { start: end, end, text: texts.join("") },
    ...(spans.dimension ? [{ ...spans.dimension, text: "" }] : []),
  ];
}

function newRow(
  { cells, spans, layout }: Target,
  row: NewRow,
  last: number,
  number: number,
): string {
  const written = (["path", "name", "folder"] as const)
    .flatMap((field) => {
      const index = layout.fields[field];
      return index === undefined || row[field] === ""
        ? []
        : [{ column: index + 1, text: row[field] }];
    })
    .toSorted((a, b) => a.column - b.column)
    .map(({ column, text }) => {
      const style = cells.rows.get(last)?.get(column)?.style;
      return textCell(text, number, column, style, spans.prefix);
    });
  const p = spans.prefix;
  return `<${p}row r="${number}">${written.join("")}</${p}row>`;
}
