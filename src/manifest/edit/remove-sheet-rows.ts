import { UserError } from "../../user-error.ts";
import { formatAddress } from "../cell-address.ts";
import type { TableLayout } from "../header.ts";
import { readSheet, type Sheet, type SheetRow } from "../read-sheet.ts";
import { textOfPart, type WorkbookFile } from "../workbook-file.ts";
import { readXml } from "../xml.ts";
import { applySplices, type Splice } from "./manifest-edit.ts";

/** Parts of a workbook that name no rows of a sheet. */
const PARTS_WITHOUT_ROWS =
  /^(\[Content_Types\]\.xml|_rels\/.*|docProps\/.*|customXml\/.*|xl\/(workbook\.xml|styles\.xml|sharedStrings\.xml|theme\/.*|_rels\/.*|printerSettings\/.*|metadata\.xml|worksheets\/[^/]*\.xml|worksheets\/_rels\/.*))$/i;

/** Elements of a sheet, beside its cells, that name no rows below which others move up. */
const ELEMENTS_WITHOUT_ROWS = new Set(
  "worksheet sheetPr tabColor outlinePr pageSetUpPr dimension sheetViews sheetView pane selection sheetFormatPr cols col phoneticPr printOptions pageMargins pageSetup headerFooter oddHeader oddFooter evenHeader evenFooter firstHeader firstFooter".split(
    " ",
  ),
);

/**
 * Takes rows out of a sheet. Those below move up where nothing in the workbook names rows: it has no formulas, defined
 * names, merges, filters, tables, rules, comments, drawings or charts. Else the row stays, its cells emptied with their
 * formats kept, since references that do not move along would be wrong without a sign; formulas in columns of the
 * user's own stay in it, and such a row reads as none. A `UserError` names a cell of the row that holds a formula for a
 * field, or is merged with rows above or below.
 */
export function removeSheetRows(
  workbook: WorkbookFile,
  part: string,
  xml: string,
  lines: readonly number[],
  layout: TableLayout,
): string {
  const sheet = readSheet(xml, [], { isWhole: true });
  if (!sheet) return xml;
  for (const line of lines) refuseMerged(sheet, line);
  if (mayMove(workbook, part, xml)) return applySplices(xml, movedUp(xml, sheet, lines));
  return applySplices(
    xml,
    lines.flatMap((line) => emptied(sheet, line, layout)),
  );
}

function refuseMerged({ merges }: Sheet, line: number): void {
  const merge = merges.find(({ top, bottom }) => bottom > top && line >= top && line <= bottom);
  if (!merge) return;
  throw new UserError("CELL_MERGED", `row ${line} is part of the merged cells ${merge.name}`, {
    hint: "unmerge them in Excel, or delete the row there",
  });
}

/** Whether nothing in the workbook would be wrong if rows of the sheet moved up. */
function mayMove({ files, sheets }: WorkbookFile, part: string, xml: string): boolean {
  if (!Object.keys(files).every((name) => PARTS_WITHOUT_ROWS.test(name))) return false;
  const workbooks = Object.keys(files).filter((name) => /(^|\/)workbook\.xml$/i.test(name));
  if (workbooks.some((name) => /<(\w+:)?definedName\b/.test(textOfPart(files, name)))) return false;
  const texts = [
    xml,
    ...sheets.filter((one) => one.part !== part).map((one) => textOfPart(files, one.part)),
  ];
  if (texts.some((text) => /<(\w+:)?f[\s/>]/.test(text))) return false;
  return elementsBesideCells(xml).every((name) => ELEMENTS_WITHOUT_ROWS.has(name));
}

function elementsBesideCells(xml: string): string[] {
  const cells = /<(\w+:)?sheetData\b[\s\S]*<\/(\w+:)?sheetData\s*>/.exec(xml);
  if (!cells) return ["sheetData"];
  const names: string[] = [];
  const rest = xml.slice(0, cells.index) + xml.slice(cells.index + cells[0].length);
  readXml(rest, { open: ({ name }) => names.push(name) });
  return names;
}

function movedUp(xml: string, { rows, dimension }: Sheet, lines: readonly number[]): Splice[] {
  const gone = lines.toSorted((a, b) => a - b);
  const splices: Splice[] = dimension ? [{ ...dimension, text: "" }] : [];
  let above = 0;
  for (const [line, row] of [...rows].toSorted(([a], [b]) => a - b)) {
    while ((gone[above] ?? Number.POSITIVE_INFINITY) < line) above += 1;
    if (gone[above] === line) splices.push({ start: row.start, end: row.end, text: "" });
    else if (above > 0) splices.push(...renumbered(xml, row, line - above));
  }
  return splices;
}

/** The row and its cells with another number, where they say theirs. */
function renumbered(xml: string, row: SheetRow, to: number): Splice[] {
  const starts = [row.start, ...[...row.cells.values()].map(({ start }) => start)];
  return starts.flatMap((start): Splice[] => {
    const tag = xml.slice(start, xml.indexOf(">", start));
    const said = /\sr=(["'])([A-Z]*)\d+\1/.exec(tag);
    if (!said) return [];
    const [all, quote = '"', letters = ""] = said;
    const at = start + said.index;
    return [{ start: at, end: at + all.length, text: ` r=${quote}${letters}${to}${quote}` }];
  });
}

function emptied({ rows, prefix: p }: Sheet, line: number, layout: TableLayout): Splice[] {
  const fields: readonly number[] = Object.values(layout.fields);
  return [...(rows.get(line)?.cells ?? [])].flatMap(([column, cell]): Splice[] => {
    const isHeld = cell.raw !== undefined || cell.isFormula;
    if (!isHeld) return [];
    const address = formatAddress(line, column);
    if (cell.isFormula && !fields.includes(column - 1)) return [];
    if (cell.isFormula) {
      throw new UserError("CELL_FORMULA", `cell ${address} holds a formula`, {
        hint: "delete the row in Excel, or write the formula's value in its place there",
      });
    }
    const look = cell.style ? ` s="${cell.style}"` : "";
    return [{ start: cell.start, end: cell.end, text: `<${p}c r="${address}"${look}/>` }];
  });
}
