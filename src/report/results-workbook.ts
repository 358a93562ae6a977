import { unzipSync, zipSync } from "fflate";
import type { Cell, Feature, Row, SheetOptions } from "write-excel-file/universal";
import {
  getCellAddress,
  getOrderOfSiblings,
  insertElementMarkupAccordingToOrderOfSiblings,
  sanitizeAttributeValue,
} from "write-excel-file/utility";
import {
  type Manifest,
  type ManifestRow,
  type NumberCell,
  RESULT_COLUMNS,
} from "../manifest/manifest.ts";
import { escapeCellText } from "../manifest/xml.ts";
import { type RowRecord, resultCells } from "./results.ts";

/** In characters: what each of the results columns usually holds. */
const RESULT_WIDTHS = {
  status: 11,
  graphicId: 22,
  url: 40,
  library: 20,
  sha256: 20,
  uploadedAt: 25,
  error: 40,
};

const URL_PLACE = RESULT_COLUMNS.indexOf("url");

/**
 * The results as an .xlsx workbook: the manifest's own columns with their widths, numbers and dates, then the
 * results columns; every other cell is text, so that no spreadsheet computes it, and each URL is a link.
 */
export async function formatResultsWorkbook(
  manifest: Manifest,
  recordOf: (row: ManifestRow) => RowRecord,
): Promise<Uint8Array> {
  const { columns, rows, workbook } = manifest;
  const records = rows.map(recordOf);
  const header = [...columns, ...RESULT_COLUMNS].map((text) => heading(text));
  const lines = rows.map((row, index) => resultLine(manifest, row, records[index]));
  const widths = [...columns.map((_column, index) => workbook?.widths[index]), ...resultWidths()];
  const urls = records.map((record) => record.url);
  return writeSheet([header, ...lines], {
    sheet: sheetName(workbook?.sheet ?? ""),
    widths,
    links: sheetLinks(urls, columns.length + URL_PLACE + 1),
  });
}

/** A table of text as a workbook, its first row the header. */
export function formatTableWorkbook(table: readonly (readonly string[])[]): Promise<Uint8Array> {
  const [header = [], ...lines] = table;
  const widths = header.map((_text, index) =>
    table.reduce((widest, line) => Math.max(widest, widthOf(line[index] ?? "")), 0),
  );
  const cells = [header.map(heading), ...lines.map((line) => line.map(textCell))];
  return writeSheet(cells, { sheet: "Sheet1", widths, links: undefined });
}

/** A name that spreadsheets take: 31 characters, none of `[]/\\:*?`. */
function sheetName(name: string): string {
  return (
    name
      .replace(/[[\]/\\:*?]/g, " ")
      .slice(0, 31)
      .trim() || "Results"
  );
}

/** A column's width for a text, in characters. */
function widthOf(text: string): number {
  return Math.min(60, text.length + 4);
}

interface SheetLook {
  sheet: string;
  widths: readonly (number | undefined)[];
  links: Feature<Blob> | undefined;
}

async function writeSheet(data: Row[], { sheet, widths, links }: SheetLook): Promise<Uint8Array> {
  const { default: writeExcelFile } = await import("write-excel-file/universal");
  const columns = widths.map((width) => (width === undefined ? {} : { width }));
  const options: SheetOptions<Blob> = { sheet, columns, stickyRowsCount: 1 };
  const written = writeExcelFile(data, options, links ? { features: [links] } : {});
  const blob = await written.toBlob();
  return withoutTimes(new Uint8Array(await blob.arrayBuffer()));
}

/** The writer dates each part of the zip: without that, the same rows give the same bytes. */
function withoutTimes(workbook: Uint8Array): Uint8Array {
  return zipSync(unzipSync(workbook), { mtime: new Date(1980, 0, 1) });
}

function resultWidths(): number[] {
  return RESULT_COLUMNS.map((column) => RESULT_WIDTHS[column]);
}

function heading(text: string): Cell {
  return { value: escapeCellText(text), type: String, fontWeight: "bold" };
}

function textCell(text: string): Cell {
  return text === "" ? null : { value: escapeCellText(text), type: String, format: "@" };
}

function resultLine(manifest: Manifest, row: ManifestRow, record: RowRecord | undefined): Row {
  const numbers = manifest.workbook?.numbers.get(row.line);
  const own = row.cells.map((text, index) => {
    const number = numbers?.get(index);
    return number ? numberCell(number, text) : textCell(text);
  });
  const results = record ? resultCells(record) : RESULT_COLUMNS.map(() => "");
  return [...own, ...results.map(textCell)];
}

/** A number keeps its format; where that is not in the file, it is kept as the text that was read. */
function numberCell({ value, format }: NumberCell, text: string): Cell {
  if (format.startsWith("[local]")) return textCell(text);
  return format === "General" ? { value, type: Number } : { value, type: Number, format };
}

/** Links a sheet may hold; Excel calls a sheet with more damaged. */
const MAX_LINKS = 65_530;

const HYPERLINK = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/hyperlink";

const SHEET = "xl/worksheets/sheet{id}.xml";

/**
 * Makes links of the URLs that stand in one column below the header (ECMA-376 part 1, 18.3.1.47): the writer
 * library has no links of its own. `column` is 1-based; only http and https URLs become links.
 */
function sheetLinks(urls: readonly (string | null)[], column: number): Feature<Blob> | undefined {
  const links = urls
    .flatMap((url, index) => (url && /^https?:\/\//.test(url) ? [{ url, row: index + 1 }] : []))
    .slice(0, MAX_LINKS)
    .map(({ url, row }, index) => ({
      url: sanitizeAttributeValue(url),
      cell: getCellAddress(row, column - 1),
      id: `rIdQgfx${index + 1}`,
    }));
  if (links.length === 0) return undefined;
  const marks = links.map(({ cell, id }) => `<hyperlink ref="${cell}" r:id="${id}"/>`).join("");
  const targets = links.map(
    ({ id, url }) =>
      `<Relationship Id="${id}" Type="${HYPERLINK}" Target="${url}" TargetMode="External"/>`,
  );
  return {
    files: {
      transform: {
        [SHEET]: { transform: (xml) => insertLinks(xml, `<hyperlinks>${marks}</hyperlinks>`) },
        "xl/worksheets/_rels/sheet{id}.xml.rels": { insert: () => targets.join("") },
      },
    },
  };
}

function insertLinks(xml: string, markup: string): string {
  const order = getOrderOfSiblings(SHEET, "worksheet");
  if (!order?.includes("hyperlinks")) throw new Error("the writer knows no place for links");
  return insertElementMarkupAccordingToOrderOfSiblings(xml, markup, order, "worksheet");
}
