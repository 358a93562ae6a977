import { zipSync } from "fflate";
import { formatAddress } from "../../src/manifest/cell-address.ts";

/** A cell to write: text, or a number with its format code, or a formula with the value stored for it. */
export type TestCell =
  | string
  | null
  | { number: number | string; format?: string | number }
  | { formula: string; value?: string }
  | { boolean: boolean }
  | { picture: true }
  | { error: string };

export interface TestSheet {
  name: string;
  rows: readonly (readonly TestCell[])[];
  /** 0: hidden. */
  widths?: readonly number[];
  isHidden?: boolean;
  /** 1-based. */
  hiddenRows?: readonly number[];
  /** Ranges, for example `C2:C4`. */
  merges?: readonly string[];
}

const MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
const RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";

/** The bytes of a workbook written by hand as ECMA-376 says, so that no library checks itself. */
export function workbook(
  sheets: readonly TestSheet[],
  { date1904 = false, isUncomputed = false }: { date1904?: boolean; isUncomputed?: boolean } = {},
): Buffer {
  const formats = new Formats();
  const parts = Object.fromEntries(
    sheets.map((sheet, index) => [`xl/worksheets/sheet${index + 1}.xml`, sheetXml(sheet, formats)]),
  );
  const ids = sheets.map(({ name, isHidden }, index) => ({
    name,
    id: index + 1,
    state: isHidden ? ' state="hidden"' : "",
  }));
  const files: Record<string, string> = {
    "[Content_Types].xml": `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>${ids.map(({ id }) => `<Override PartName="/xl/worksheets/sheet${id}.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/>`).join("")}<Override PartName="/xl/styles.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml"/></Types>`,
    "_rels/.rels": relationships([["rId1", "officeDocument", "xl/workbook.xml"]]),
    "xl/workbook.xml": `<workbook xmlns="${MAIN}" xmlns:r="${RELATIONS}"><workbookPr${date1904 ? ' date1904="1"' : ""}/><sheets>${ids.map(({ name, id, state }) => `<sheet name="${name}" sheetId="${id}"${state} r:id="rId${id}"/>`).join("")}</sheets>${isUncomputed ? '<calcPr fullCalcOnLoad="1"/>' : ""}</workbook>`,
    "xl/_rels/workbook.xml.rels": relationships([
      ...ids.map(({ id }) => [`rId${id}`, "worksheet", `worksheets/sheet${id}.xml`] as const),
      ["rIdS", "styles", "styles.xml"],
    ]),
    ...parts,
    "xl/styles.xml": formats.xml(),
  };
  const encoded = Object.entries(files).map(([name, xml]) => [name, Buffer.from(xml)]);
  return Buffer.from(zipSync(Object.fromEntries(encoded)));
}

function relationships(list: readonly (readonly [string, string, string])[]): string {
  const items = list.map(
    ([id, type, target]) =>
      `<Relationship Id="${id}" Type="${RELATIONS}/${type}" Target="${target}"/>`,
  );
  return `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">${items.join("")}</Relationships>`;
}

/** Cell styles by their format: a code of one's own, or the number of a built-in one. */
class Formats {
  private readonly list: (string | number)[] = [0];

  style(format: string | number): number {
    const known = this.list.indexOf(format);
    return known === -1 ? this.list.push(format) - 1 : known;
  }

  xml(): string {
    const own = this.list.filter((format) => typeof format === "string");
    const codes = own.map(
      (code, index) => `<numFmt numFmtId="${164 + index}" formatCode="${xmlText(code)}"/>`,
    );
    const xfs = this.list.map((format) => {
      const id = typeof format === "string" ? 164 + own.indexOf(format) : format;
      return `<xf numFmtId="${id}" fontId="0" fillId="0" borderId="0" xfId="0"/>`;
    });
    return `<styleSheet xmlns="${MAIN}"><numFmts count="${own.length}">${codes.join("")}</numFmts><cellStyleXfs count="1"><xf numFmtId="0"/></cellStyleXfs><cellXfs count="${xfs.length}">${xfs.join("")}</cellXfs></styleSheet>`;
  }
}

function sheetXml(
  { rows, widths = [], hiddenRows = [], merges = [] }: TestSheet,
  formats: Formats,
): string {
  const cols = widths.map((width, index) => {
    const at = index + 1;
    const hidden = width === 0 ? ' hidden="1"' : "";
    return `<col min="${at}" max="${at}" width="${width}" customWidth="1"${hidden}/>`;
  });
  const lines = rows.map((cells, row) => {
    const xml = cells.map((cell, column) =>
      cellXml(cell, formatAddress(row + 1, column + 1), formats),
    );
    const hidden = hiddenRows.includes(row + 1) ? ' hidden="1"' : "";
    return `<row r="${row + 1}"${hidden}>${xml.join("")}</row>`;
  });
  return `<worksheet xmlns="${MAIN}">${cols.length > 0 ? `<cols>${cols.join("")}</cols>` : ""}<sheetData>${lines.join("")}</sheetData>${merges.length > 0 ? `<mergeCells>${merges.map((ref) => `<mergeCell ref="${ref}"/>`).join("")}</mergeCells>` : ""}</worksheet>`;
}

function cellXml(cell: TestCell, at: string, formats: Formats): string {
  if (cell === null) return "";
  if (typeof cell === "string") {
    return `<c r="${at}" t="inlineStr"><is><t xml:space="preserve">${xmlText(cell)}</t></is></c>`;
  }
  if ("picture" in cell) return `<c r="${at}" t="e" vm="1"><v>#VALUE!</v></c>`;
  if ("boolean" in cell) return `<c r="${at}" t="b"><v>${cell.boolean ? 1 : 0}</v></c>`;
  if ("error" in cell) return `<c r="${at}" t="e"><v>${cell.error}</v></c>`;
  if ("number" in cell) {
    return `<c r="${at}" s="${formats.style(cell.format ?? 0)}"><v>${cell.number}</v></c>`;
  }
  const value = cell.value === undefined ? "" : `<v>${xmlText(cell.value)}</v>`;
  return `<c r="${at}" t="str"><f>${xmlText(cell.formula)}</f>${value}</c>`;
}

function xmlText(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
}
